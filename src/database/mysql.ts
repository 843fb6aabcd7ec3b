import type { RowDataPacket } from 'mysql2/promise';
import type { Engine } from './engine.ts';
import { channels, closeChannel, closeForgers, openChannel, startFenced } from './mysql-channels.ts';
import { mysqlConfig } from './mysql-config.ts';
import { LAST_NUMBER, numbersOf } from './mysql-gtid.ts';
import { mysqlInitSql } from './mysql-init.ts';
import { initialiseMysql } from './mysql-initialise.ts';
import { mysqldProgram } from './mysql-program.ts';

/** Every number of this server. */
const OWN = `CONCAT(@@GLOBAL.server_uuid, ':1-${LAST_NUMBER}')`;

/** How long a reseeded child may take to get past the moment of the copy (s). */
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

  // Nothing to undo: the fence stops in front of a forged number.
  undoForgedPositions: closeForgers,

  async beginSnapshot(neighbour) {
    const executed = async () => {
      const [[row]] = await neighbour.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_executed AS position');
      return String(row!.position);
    };
    // What counts as executed can be seen; what can be seen counts as executed a moment later.
    const before = await executed();
    await neighbour.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    return `${before};${await executed()}`;
  },

  async continueFrom(db, peer, position) {
    const [before, after] = position.split(';');
    await db.query('STOP REPLICA');
    const [[row]] = await db.query<RowDataPacket[]>(
      `SELECT GTID_SUBTRACT(GTID_SUBTRACT(?, ${OWN}), @@GLOBAL.gtid_executed) AS copied, GTID_SUBTRACT(?, ${OWN}) AS settled, ${OWN} AS own`,
      [before, after],
    );
    if (row!.copied !== '') await db.query('SET GLOBAL gtid_purged = ?', [`+${row!.copied}`]);
    // The copy may have rows of transactions that come now once more: each is written over with itself.
    await db.query("SET GLOBAL replica_exec_mode = 'IDEMPOTENT'");
    try {
      await startFenced(db, peer, row!.own);
      await db.query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)', [row!.settled, SETTLE_SECONDS]);
    } finally {
      await db.query("SET GLOBAL replica_exec_mode = 'STRICT'");
    }
  },

  async continueAfter(db, plan, position) {
    const own = numbersOf([plan.site]);
    const [[row]] = await db.query<RowDataPacket[]>(
      'SELECT GTID_SUBTRACT(GTID_SUBTRACT(?, GTID_SUBTRACT(?, ?)), @@GLOBAL.gtid_executed) AS lost',
      [position, position, own],
    );
    if (row!.lost !== '') await db.query('SET GLOBAL gtid_purged = ?', [`+${row!.lost}`]);
  },

  async position(db) {
    const [[row]] = await db.query<RowDataPacket[]>(`SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, ${OWN}) AS position`);
    return String(row!.position);
  },
};
