import type { RowDataPacket } from 'mysql2/promise';
import type { Engine } from './engine.ts';
import { channels, closeChannel, closeForgers, openChannel } from './mysql-channels.ts';
import { mysqlConfig } from './mysql-config.ts';
import { markCopied } from './mysql-copied.ts';
import { allowedOf, highestOf, LAST_NUMBER, onlyOf, serverUuid, unknownOf } from './mysql-gtid.ts';
import { mysqlInitSql } from './mysql-init.ts';
import { initialiseMysql } from './mysql-initialise.ts';
import { mysqldProgram } from './mysql-program.ts';

/** Every number of this server. */
const OWN = `CONCAT(@@GLOBAL.server_uuid, ':1-${LAST_NUMBER}')`;

/** How long a reseeded site may take to get past the moment of the copy (s). */
const SETTLE_SECONDS = 60;

/** MySQL 8.4 and later. How it differs from MariaDB, and what was measured: docs/decisions/0010-mysql-beside-mariadb.md. */
export const mysql: Engine = {
  name: 'mysql',

  config: mysqlConfig,

  initSql: mysqlInitSql,

  initialise: initialiseMysql,

  command: (dir) => [
    mysqldProgram(),
    `--defaults-file=${dir.mysql.config}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ],

  openChannel,

  closeChannel,

  channels,

  // Nothing to undo: the channel stops before a forged number.
  undoForgedPositions: closeForgers,

  async beginSnapshot(neighbour) {
    const executed = async () => {
      const [[row]] = await neighbour.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_executed AS position');
      return String(row!.position);
    };
    // What is executed is visible; what is visible counts as executed a moment later.
    const before = await executed();
    await neighbour.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    return `${before};${await executed()}`;
  },

  async stopChannels(db) {
    await db.query('STOP REPLICA');
  },

  async sitesAhead(db, position, sites) {
    const [before] = position.split(';');
    const more: string[] = [];
    for (const { name } of sites) if ((await unknownOf(db, await onlyOf(db, before!, [name]))) !== '') more.push(name);
    return more;
  },

  async receivedFrom(db, sites) {
    const here = await mysql.position(db);
    const counted: string[] = [];
    for (const { name } of sites) if ((await onlyOf(db, here, [name])) !== '') counted.push(name);
    return counted;
  },

  async continueFrom(db, plan, spec, position, open) {
    const [before, after] = position.split(';');
    await db.query('STOP REPLICA');
    const [[row]] = await db.query<RowDataPacket[]>('SELECT @@GLOBAL.log_replica_updates AS logs');
    const theirs = await allowedOf(db, before!, spec);
    // The markers come before the position: an interruption between the two only repeats the copy.
    if (Number(row!.logs) === 1) await markCopied(db, plan.site, spec.peer, await unknownOf(db, theirs));
    const copied = await unknownOf(db, theirs);
    if (copied !== '') await db.query('SET GLOBAL gtid_purged = ?', [`+${copied}`]);
    const settled = await allowedOf(db, after!, spec);
    // The copy may already contain rows of the next transactions: each is overwritten with itself.
    await db.query("SET GLOBAL replica_exec_mode = 'IDEMPOTENT'");
    try {
      await open();
      await db.query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)', [settled, SETTLE_SECONDS]);
    } finally {
      await db.query("SET GLOBAL replica_exec_mode = 'STRICT'");
    }
  },

  logged: 'SELECT @@GLOBAL.gtid_executed AS logged',

  async lastNumber(db, plan) {
    const [[row]] = await db.query<RowDataPacket[]>(mysql.logged);
    return mysql.numberIn(String(row!.logged), plan);
  },

  numberIn: (position, { site }) => highestOf(position, site),

  async markOwn(db, plan, number) {
    const last = await mysql.lastNumber(db, plan);
    const free = number > last ? number : last + 1n;
    await markCopied(db, plan.site, '', `${serverUuid(plan.site)}:${free}`);
  },

  async continueAfter(db, plan, number) {
    // The server uses the lowest free number: the ones before must count as used.
    const uuid = serverUuid(plan.site);
    const skipped = number > 0n ? await unknownOf(db, `${uuid}:1-${number}`) : '';
    if (skipped !== '') await db.query('SET GLOBAL gtid_purged = ?', [`+${skipped}`]);
  },

  async position(db) {
    const [[row]] = await db.query<RowDataPacket[]>(`SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, ${OWN}) AS position`);
    return String(row!.position);
  },
};
