import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { SiteDir } from '../base/site-dir.ts';
import { type ChannelSpec, type ChannelState, type Engine, HEARTBEAT_SECONDS, needsCopy } from './engine.ts';
import { mariadbConfig } from './mariadb-config.ts';
import { aheadOf, allowedOf, forgedDomains, judgeForged, laterOf, numberIn, setBack } from './mariadb-gtid.ts';
import { mariadbInitSql } from './mariadb-init.ts';
import { initialiseMariadb } from './mariadb-initialise.ts';
import { COPY_MARKERS, siteSchema } from './schema.ts';

/** MariaDB 10.11 and later. The purpose of each setting was measured: see docs/decisions/0003-mariadb-settings.md. */
export const mariadb: Engine = {
  name: 'mariadb',

  config: mariadbConfig,

  initSql: mariadbInitSql,

  initialise: initialiseMariadb,

  command: (dir: SiteDir) => [
    'mariadbd',
    `--defaults-file=${dir.mysql.config}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ],

  async openChannel(db, spec) {
    const existing = (await channelRows(db)).find((row) => row.Connection_name === spec.peer);
    if (existing && matches(existing, spec)) {
      if (existing.Slave_IO_Running === 'No' || existing.Slave_SQL_Running === 'No') await fenceAndStart(db, spec);
      return;
    }
    await stop(db, spec.peer);
    // Both, because the channel may have been of the other kind, if a child has become a hub.
    const [only, except] = 'only' in spec.domains ? [spec.domains.only, ''] : ['', spec.domains.except];
    const domains = `DO_DOMAIN_IDS=(${only}), IGNORE_DOMAIN_IDS=(${except})`;
    await db.query(
      `CHANGE MASTER ? TO MASTER_HOST='127.0.0.1', MASTER_PORT=?, MASTER_USER=?, MASTER_PASSWORD=?, MASTER_USE_GTID=slave_pos,
         MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=${HEARTBEAT_SECONDS}, ${domains}`,
      [spec.peer, spec.port, spec.user, spec.password],
    );
    await fenceAndStart(db, spec);
  },

  async closeChannel(db, peer) {
    if (!(await channelRows(db)).some((row) => row.Connection_name === peer)) return;
    await stop(db, peer);
    await db.query('RESET SLAVE ? ALL', [peer]);
  },

  async channels(db) {
    return (await channelRows(db)).map(readState);
  },

  async undoForgedPositions(db, seen = new Set()) {
    const [[row]] = await db.query<RowDataPacket[]>(
      'SELECT @@gtid_slave_pos AS received, @@gtid_binlog_pos AS logged, @@log_slave_updates AS logs',
    );
    if (Number(row!.logs) !== 1) return [];
    const [received, logged] = [String(row!.received), String(row!.logged)];
    const forged = forgedDomains(received, logged);
    if (forged.size === 0) return [];
    const channels = (await channelRows(db)).map((row) => ({
      peer: String(row.Connection_name),
      own: String(row.Replicate_Do_Domain_Ids),
      read: String(row.Gtid_IO_Pos),
    }));
    const { liars, doubtful } = judgeForged(channels, forged);
    const back = doubtful.filter((domain) => !seen.has(forged.get(domain)!) || liars.has(domain));
    for (const domain of back) seen.add(forged.get(domain)!);
    if (back.length === 0) return [];
    const closed = new Set([...liars.values()].flat());
    await db.query('STOP ALL SLAVES');
    await db.query('SET GLOBAL gtid_slave_pos = ?', [setBack(received, logged, back)]);
    for (const { peer } of channels) if (!closed.has(peer)) await db.query('START SLAVE ?', [peer]);
    return [...closed];
  },

  async beginSnapshot(neighbour) {
    await neighbour.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const [rows] = await neighbour.query<RowDataPacket[]>("SHOW STATUS LIKE 'binlog_snapshot_%'");
    const status = new Map(rows.map((row) => [String(row.Variable_name).toLowerCase(), String(row.Value)]));
    const [[row]] = await neighbour.query<RowDataPacket[]>('SELECT BINLOG_GTID_POS(?, ?) AS position', [
      status.get('binlog_snapshot_file'),
      Number(status.get('binlog_snapshot_position')),
    ]);
    return String(row!.position);
  },

  async stopChannels(db) {
    await db.query('STOP ALL SLAVES');
  },

  async sitesAhead(db, position, sites) {
    const here = await mariadb.position(db);
    return sites.filter(({ id }) => numberIn(position, id) > numberIn(here, id)).map(({ name }) => name);
  },

  async receivedFrom(db, sites) {
    const here = await mariadb.position(db);
    return sites.filter(({ id }) => numberIn(here, id) > 0).map(({ name }) => name);
  },

  async continueFrom(db, plan, spec, position, open) {
    await db.query('STOP ALL SLAVES');
    const [[row]] = await db.query<RowDataPacket[]>(
      'SELECT @@gtid_slave_pos AS received, @@gtid_binlog_pos AS logged, @@log_slave_updates AS logs',
    );
    const theirs = allowedOf(position, spec.domains);
    // The markers come before the position: an interruption between the two only repeats the copy.
    if (Number(row!.logs) === 1)
      for (const { domain, server, number } of aheadOf(theirs, String(row!.logged))) {
        await db.query('SET SESSION gtid_domain_id = ?, server_id = ?, gtid_seq_no = ?', [domain, server, number]);
        await db.query(`INSERT INTO ${siteSchema(plan.site)}.${COPY_MARKERS} (peer) VALUES (?)`, [spec.peer]);
      }
    await db.query('SET GLOBAL gtid_slave_pos = ?', [laterOf(String(row!.received), theirs)]);
    await open();
  },

  logged: 'SELECT @@gtid_binlog_pos AS logged',

  async lastNumber(db, plan) {
    const [[row]] = await db.query<RowDataPacket[]>(mariadb.logged);
    return mariadb.numberIn(String(row!.logged), plan);
  },

  numberIn: (position, { id }) => BigInt(numberIn(position, id)),

  async markOwn(db, plan, number) {
    if (number > (await mariadb.lastNumber(db, plan))) await db.query(`SET SESSION gtid_seq_no = ${number}`);
    await db.query(`INSERT INTO ${siteSchema(plan.site)}.${COPY_MARKERS} (peer) VALUES ('')`);
  },

  async continueAfter(db, plan, number) {
    if (number <= (await mariadb.lastNumber(db, plan))) return;
    await db.query(`SET SESSION gtid_seq_no = ${number + 1n}`);
    // Any logged transaction advances the number, even one that changes nothing anybody reads.
    await db.query(
      `INSERT INTO ${siteSchema(plan.site)}.beat (id, at, agent_version, disk_free, disk_size, summary) VALUES (1, 0, '', 0, 0, '{}')
         ON DUPLICATE KEY UPDATE at = at + 1`,
    );
  },

  async position(db) {
    const [[row]] = await db.query<RowDataPacket[]>('SELECT @@gtid_slave_pos AS position');
    return String(row!.position);
  },
};

/** Sets the filter of a stopped channel, then starts it. It must be an allow list: an ignore list would yield to one. */
async function fenceAndStart(db: Connection, spec: ChannelSpec): Promise<void> {
  await stop(db, spec.peer);
  await db.query('SET @@default_master_connection = ?', [spec.peer]);
  try {
    await db.query('SET GLOBAL replicate_wild_do_table = ?', [allowedTables(spec)]);
  } finally {
    await db.query("SET @@default_master_connection = ''");
  }
  await db.query('START SLAVE ?', [spec.peer]);
}

function allowedTables({ speaksFor }: ChannelSpec): string {
  return speaksFor.map(tablesOf).sort().join(',');
}

/** The pattern for every table of one site's schema, with '_' escaped because it would match any character. */
function tablesOf(site: string): string {
  return `${siteSchema(site).replaceAll('_', '\\_')}.%`;
}

async function stop(db: Connection, peer: string): Promise<void> {
  if ((await channelRows(db)).some((row) => row.Connection_name === peer)) await db.query('STOP SLAVE ?', [peer]);
}

async function channelRows(db: Connection): Promise<RowDataPacket[]> {
  const [rows] = await db.query<RowDataPacket[]>('SHOW ALL SLAVES STATUS');
  return rows;
}

function matches(row: RowDataPacket, spec: ChannelSpec): boolean {
  const domains =
    'only' in spec.domains
      ? row.Replicate_Do_Domain_Ids === String(spec.domains.only)
      : row.Replicate_Ignore_Domain_Ids === String(spec.domains.except);
  const tables = String(row.Replicate_Wild_Do_Table).split(',').sort().join(',') === allowedTables(spec);
  const place = Number(row.Master_Port) === spec.port && row.Master_User === spec.user;
  return domains && tables && place && Number(row.Slave_heartbeat_period) === HEARTBEAT_SECONDS;
}

/** 1236: the neighbour has purged what comes next (mysql-notes §4). */
const PURGED = 1236;

function readState(row: RowDataPacket): ChannelState {
  const peer: string = row.Connection_name;
  const io = Number(row.Last_IO_Errno);
  const sql = Number(row.Last_SQL_Errno);
  if (io === PURGED) return { peer, state: 'purged', error: row.Last_IO_Error };
  if (needsCopy(sql, row.Last_SQL_Error)) return { peer, state: 'copied', error: row.Last_SQL_Error };
  if (sql !== 0) return { peer, state: 'failed', error: row.Last_SQL_Error };
  if (row.Slave_SQL_Running === 'No' || row.Slave_IO_Running === 'No')
    return { peer, state: 'stopped', ...errorOf(row) };
  if (row.Slave_IO_Running !== 'Yes') return { peer, state: 'connecting', ...errorOf(row) };
  const { Slave_received_heartbeats: heartbeats, Master_Log_File: file, Read_Master_Log_Pos: read } = row;
  return { peer, state: 'running', sign: [heartbeats, file, read].join('/') };
}

function errorOf(row: RowDataPacket): { error?: string } {
  const error = String(row.Last_IO_Error || row.Last_SQL_Error || '');
  return error ? { error } : {};
}
