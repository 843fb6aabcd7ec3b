import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { SiteDir } from '../base/site-dir.ts';
import type { ChannelSpec, ChannelState, Engine } from './engine.ts';
import { claims, forgedDomains, laterOf, numberIn, truePosition } from './mariadb-gtid.ts';
import { mariadbInitSql } from './mariadb-init.ts';
import { siteSchema } from './schema.ts';

const run = promisify(execFile);

/** MariaDB 10.11 and later. What each setting is for was measured: see docs/decisions/0003-mariadb-settings.md. */
export const mariadb: Engine = {
  name: 'mariadb',

  config(plan, dir) {
    const settings: [string, string | number][] = [
      ['datadir', dir.mysql.data],
      // Relative to the data directory: a socket path longer than 107 bytes is refused, a data directory may be deep.
      ['socket', 'mysql.sock'],
      ['pid_file', 'mysql.pid'],
      ['port', plan.ports.mysql],
      ['bind_address', '127.0.0.1'],
      ['init_file', dir.mysql.init],
      ['tmpdir', dir.mysql.data],
      ['server_id', plan.id],
      // One domain per writing site is what makes positions over several sources comparable.
      ['gtid_domain_id', plan.id],
      ['log_bin', 'binlog'],
      // A child does not log what it receives, or its hub would get every row back.
      ['log_slave_updates', plan.role === 'hub' ? 'ON' : 'OFF'],
      ['relay_log', 'relay'],
      ['relay_log_recovery', 'ON'],
      ['relay_log_purge', 'ON'],
      ['binlog_format', 'ROW'],
      ['binlog_row_image', 'MINIMAL'],
      ['binlog_annotate_row_events', 'OFF'],
      // The derived tables stay at home.
      ['binlog_ignore_db', 'local'],
      ['binlog_expire_logs_seconds', 604800],
      ['max_binlog_size', '64M'],
      ['gtid_strict_mode', 'OFF'],
      ['gtid_ignore_duplicates', 'ON'],
      ['sync_binlog', 1],
      ['innodb_flush_log_at_trx_commit', 1],
      // A channel may run only behind its fence, which the agent sets first.
      ['skip_slave_start', 'ON'],
      ['slave_net_timeout', 60],
      ['net_write_timeout', 3600],
      ['slave_max_allowed_packet', '64M'],
      ['max_allowed_packet', '64M'],
      ['secure_file_priv', join(dir.mysql.data, 'no-files')],
      ['local_infile', 'OFF'],
      ['symbolic_links', 'OFF'],
      ['skip_name_resolve', 'ON'],
      ['character_set_server', 'utf8mb4'],
      ['collation_server', 'utf8mb4_bin'],
      ['performance_schema', 'OFF'],
      ['innodb_buffer_pool_size', '24M'],
      ['innodb_log_file_size', '32M'],
      ['innodb_log_buffer_size', '2M'],
      ['innodb_flush_method', 'fsync'],
      ['max_connections', 60],
      ['thread_cache_size', 4],
      ['table_open_cache', 400],
      ['key_buffer_size', '64K'],
      ['aria_pagecache_buffer_size', '1M'],
      ['query_cache_size', 0],
      ['query_cache_type', 0],
      ['tmp_table_size', '4M'],
      ['max_heap_table_size', '4M'],
      ['log_warnings', 1],
    ];
    return `[mariadbd]\n${settings.map(([name, value]) => `${name}=${value}`).join('\n')}\n`;
  },

  initSql: mariadbInitSql,

  async initialise(dir) {
    if (existsSync(dir.mysql.data)) return;
    const half = `${dir.mysql.data}.new`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true, mode: 0o700 });
    // mariadb-install-db breaks a path at its blanks: it gets one without.
    const scratch = mkdtempSync(join(tmpdir(), 'sitesync-init-'));
    const alias = join(scratch, 'data');
    symlinkSync(half, alias);
    const args = [
      '--no-defaults',
      `--datadir=${alias}`,
      `--tmpdir=${alias}`,
      '--skip-test-db',
      '--skip-name-resolve',
      '--auth-root-authentication-method=socket',
      `--auth-root-socket-user=${userInfo().username}`,
    ];
    try {
      await run('mariadb-install-db', [...args, ...(process.getuid?.() === 0 ? ['--user=root'] : [])]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    mkdirSync(join(half, 'no-files'), { recursive: true, mode: 0o700 });
    renameSync(half, dir.mysql.data);
  },

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
    const domains =
      'only' in spec.domains ? `DO_DOMAIN_IDS=(${spec.domains.only})` : `IGNORE_DOMAIN_IDS=(${spec.domains.except})`;
    await db.query(
      `CHANGE MASTER ? TO MASTER_HOST='127.0.0.1', MASTER_PORT=?, MASTER_USER=?, MASTER_PASSWORD=?, MASTER_USE_GTID=slave_pos,
         MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=30, ${domains}`,
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

  async undoForgedPositions(db) {
    const [[row]] = await db.query<RowDataPacket[]>(
      'SELECT @@gtid_slave_pos AS received, @@gtid_binlog_pos AS logged, @@log_slave_updates AS logs',
    );
    if (Number(row!.logs) !== 1) return [];
    const forged = forgedDomains(String(row!.received), String(row!.logged));
    if (forged.size === 0) return [];
    const channels = await channelRows(db);
    const liars = channels
      .filter(({ Replicate_Do_Domain_Ids: own, Gtid_IO_Pos: read }) => own !== '' && claims(String(read), forged))
      .map((channel) => String(channel.Connection_name));
    await db.query('STOP ALL SLAVES');
    await db.query('SET GLOBAL gtid_slave_pos = ?', [truePosition(String(row!.received), String(row!.logged))]);
    for (const { Connection_name: peer } of channels)
      if (!liars.includes(peer)) await db.query('START SLAVE ?', [peer]);
    return liars;
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

  async continueFrom(db, peer, position, ownId) {
    const [[row]] = await db.query<RowDataPacket[]>('SELECT @@gtid_slave_pos AS position');
    await db.query('STOP ALL SLAVES');
    await db.query('SET GLOBAL gtid_slave_pos = ?', [laterOf(String(row!.position), position, ownId)]);
    await db.query('START SLAVE ?', [peer]);
  },

  async continueAfter(db, plan, position) {
    const seen = numberIn(position, plan.id);
    if (seen === 0) return;
    await db.query('SET SESSION gtid_seq_no = ?', [seen + 1]);
    // Any logged transaction carries the number on: one that changes nothing that anybody reads.
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

/** Sets the filter of a stopped channel, then starts it. A list of what is allowed: an ignore list would yield to it. */
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

/** The pattern for every table of one site's schema; '_' would match any character. */
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
  return domains && tables && Number(row.Master_Port) === spec.port && row.Master_User === spec.user;
}

/** 1236: the neighbour has purged what comes next (mysql-notes §4). */
const PURGED = 1236;

function readState(row: RowDataPacket): ChannelState {
  const peer: string = row.Connection_name;
  const io = Number(row.Last_IO_Errno);
  const sql = Number(row.Last_SQL_Errno);
  if (io === PURGED) return { peer, state: 'purged', error: row.Last_IO_Error };
  if (sql !== 0) return { peer, state: 'failed', error: row.Last_SQL_Error };
  if (row.Slave_SQL_Running === 'No' || row.Slave_IO_Running === 'No')
    return { peer, state: 'stopped', ...errorOf(row) };
  if (row.Slave_IO_Running !== 'Yes') return { peer, state: 'connecting', ...errorOf(row) };
  return { peer, state: 'running' };
}

function errorOf(row: RowDataPacket): { error?: string } {
  const error = String(row.Last_IO_Error || row.Last_SQL_Error || '');
  return error ? { error } : {};
}
