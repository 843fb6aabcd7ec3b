import type { Connection, RowDataPacket } from 'mysql2/promise';
import { type ChannelSpec, type ChannelState, HEARTBEAT_SECONDS, needsCopy } from './engine.ts';
import { numbersOf } from './mysql-gtid.ts';
import { applierOf } from './mysql-init.ts';
import { siteOfSchema, siteSchema } from './schema.ts';

/**
 * A channel from a hub requests by GTID what is missing here. One from a child uses file and position: with GTIDs the
 * server would take everything that the child received and did not log for purged, and refuse a hub that lacks any of it.
 * Without a file it starts with the child's oldest one; what is already here is skipped. A channel that cannot continue is
 * left as it is: what the child no longer logs must be copied first.
 */
export async function openChannel(db: Connection, spec: ChannelSpec): Promise<void> {
  const child = childId(spec);
  const existing = (await channelRows(db)).find((row) => row.Channel_Name === spec.peer);
  const isAsWanted = existing && matches(existing, spec) && (await heartbeatOf(db, spec.peer)) === HEARTBEAT_SECONDS;
  if (existing && child !== undefined && cannotContinue(existing)) return;
  if (!isAsWanted) {
    if (existing) await db.query('STOP REPLICA FOR CHANNEL ?', [spec.peer]);
    const place = child === undefined ? 'SOURCE_AUTO_POSITION=1, GTID_ONLY=1' : BY_FILE;
    await db.query(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=?, SOURCE_USER=?, SOURCE_PASSWORD=?, ${place},
         SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=0, SOURCE_HEARTBEAT_PERIOD=${HEARTBEAT_SECONDS},
         REQUIRE_ROW_FORMAT=1, PRIVILEGE_CHECKS_USER=${applierOf(child)}@localhost FOR CHANNEL ?`,
      [spec.port, spec.user, spec.password, spec.peer],
    );
  } else if (child === undefined && isFenced(existing, spec) && runs(existing)) return;
  await startFenced(db, spec.peer, numbersOf(spec.neverFor), allowedTables(spec));
}

const BY_FILE = "GTID_ONLY=0, SOURCE_AUTO_POSITION=0, SOURCE_LOG_FILE='', SOURCE_LOG_POS=4";

/**
 * Starts a channel with its filter: tables outside of the list are dropped. The channel stops before a transaction with a
 * refused number: applying it, even just to drop it, would make the genuine transaction of that number count as received.
 * @param tables absent: unchanged
 */
async function startFenced(db: Connection, peer: string, refused: string, tables?: string[]): Promise<void> {
  await db.query('STOP REPLICA SQL_THREAD FOR CHANNEL ?', [peer]);
  if (tables) await db.query('CHANGE REPLICATION FILTER REPLICATE_WILD_DO_TABLE = (?) FOR CHANNEL ?', [tables, peer]);
  // The server stops at once if any number of the set is already known.
  const [[row]] = await db.query<RowDataPacket[]>('SELECT GTID_SUBTRACT(?, @@GLOBAL.gtid_executed) AS unknown', [
    refused,
  ]);
  await db.query('START REPLICA UNTIL SQL_BEFORE_GTIDS = ? FOR CHANNEL ?', [row!.unknown, peer]);
}

export async function closeChannel(db: Connection, peer: string): Promise<void> {
  if (!(await channelRows(db)).some((row) => row.Channel_Name === peer)) return;
  await db.query('STOP REPLICA FOR CHANNEL ?', [peer]);
  await db.query('RESET REPLICA ALL FOR CHANNEL ?', [peer]);
}

export async function channels(db: Connection): Promise<ChannelState[]> {
  const rows = await channelRows(db);
  const [workers] = await db.query<RowDataPacket[]>(
    `SELECT channel_name AS peer, last_error_number AS code, last_error_message AS error FROM performance_schema.replication_applier_status_by_worker
       WHERE last_error_number <> 0`,
  );
  const errors = new Map(
    workers.map(({ peer, code, error }) => [String(peer), { code: Number(code), error: String(error) }]),
  );
  const [counts] = await db.query<RowDataPacket[]>(
    'SELECT channel_name AS peer, count_received_heartbeats AS heartbeats FROM performance_schema.replication_connection_status',
  );
  const heartbeats = new Map(counts.map(({ peer, heartbeats: count }) => [String(peer), String(count)]));
  return rows.map((row) => {
    const { Channel_Name: peer, Source_Log_File: file, Read_Source_Log_Pos: read, Retrieved_Gtid_Set: numbers } = row;
    const state = readState(row, errors.get(peer));
    return state.state === 'running'
      ? { ...state, sign: [heartbeats.get(peer), file, read, numbers].join('/') }
      : state;
  });
}

/**
 * Closes channels from children that have stopped before a number of another site, with everything they had read, and
 * returns these children.
 */
export async function closeForgers(db: Connection): Promise<string[]> {
  const liars: string[] = [];
  for (const row of await channelRows(db)) {
    const [site, ...more] = String(row.Replicate_Wild_Do_Table).split(',').map(siteOfPattern);
    if (site === undefined || more.length > 0 || isByNumbers(row)) continue;
    // A number that is already known here is not forged: a former hub has rows of others in its older logs.
    const [[answer]] = await db.query<RowDataPacket[]>(
      "SELECT GTID_SUBTRACT(GTID_SUBTRACT(?, ?), @@GLOBAL.gtid_executed) <> '' AS lies",
      [row.Retrieved_Gtid_Set, numbersOf([site])],
    );
    if (Number(answer!.lies) === 1) liars.push(row.Channel_Name);
  }
  for (const peer of liars) await closeChannel(db, peer);
  return liars;
}

const childId = ({ domains }: ChannelSpec) => ('only' in domains ? domains.only : undefined);

function allowedTables({ speaksFor }: ChannelSpec): string[] {
  return speaksFor.map((site) => `${siteSchema(site).replaceAll('_', '\\_')}.%`).sort();
}

function siteOfPattern(pattern: string): string | undefined {
  return pattern.endsWith('.%') ? siteOfSchema(pattern.slice(0, -2).replaceAll('\\_', '_')) : undefined;
}

async function heartbeatOf(db: Connection, peer: string): Promise<number> {
  const [[row]] = await db.query<RowDataPacket[]>(
    'SELECT heartbeat_interval AS seconds FROM performance_schema.replication_connection_configuration WHERE channel_name = ?',
    [peer],
  );
  return Number(row?.seconds);
}

async function channelRows(db: Connection): Promise<RowDataPacket[]> {
  const [rows] = await db.query<RowDataPacket[]>('SHOW REPLICA STATUS');
  return rows;
}

const isByNumbers = (row: RowDataPacket) => Number(row.Auto_Position) === 1;
const runs = (row: RowDataPacket) => row.Replica_IO_Running !== 'No' && row.Replica_SQL_Running === 'Yes';

function matches(row: RowDataPacket, spec: ChannelSpec): boolean {
  const kind = isByNumbers(row) === (childId(spec) === undefined);
  return kind && Number(row.Source_Port) === spec.port && row.Source_User === spec.user;
}

/** The server forgets filters when it stops. */
function isFenced(row: RowDataPacket, spec: ChannelSpec): boolean {
  return String(row.Replicate_Wild_Do_Table).split(',').sort().join(',') === allowedTables(spec).join(',');
}

/** 1236 and 13114: the neighbour cannot send what comes next. */
const cannotContinue = (row: RowDataPacket) => [1236, 13114].includes(Number(row.Last_IO_Errno));

function readState(row: RowDataPacket, worker: { code: number; error: string } | undefined): ChannelState {
  const peer: string = row.Channel_Name;
  const { Last_IO_Error: io, Last_SQL_Error: sql } = row;
  if (cannotContinue(row)) {
    const isPurged = !isByNumbers(row) || /purged/.test(io);
    return { peer, state: isPurged ? 'purged' : 'failed', error: io };
  }
  if (Number(row.Last_SQL_Errno) !== 0) {
    const isCopied = worker !== undefined && needsCopy(worker.code, worker.error);
    return { peer, state: isCopied ? 'copied' : 'failed', error: worker?.error ?? sql };
  }
  const error = String(io || sql || '');
  const because = error ? { error } : {};
  if (row.Replica_SQL_Running !== 'Yes' || row.Replica_IO_Running === 'No')
    return { peer, state: 'stopped', ...because };
  if (row.Replica_IO_Running !== 'Yes') return { peer, state: 'connecting', ...because };
  return { peer, state: 'running' };
}
