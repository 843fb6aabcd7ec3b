import type { RowDataPacket } from 'mysql2/promise';
import { chunks, type Sql } from '../store/sql.ts';

/** What a folder's archive may hold. */
export interface Limits {
  /** Versions per path. */
  keep: number;
  maxAgeSeconds: number;
  maxBytes: number;
}

/** A version in an archive. */
export interface Kept {
  pathKey: Buffer;
  origin: string;
  seq: number;
  sha256: Buffer;
  size: number;
  archivedAt: number;
}

const PAGE = 2000;

/**
 * Which previous versions of one path expire: all beyond the newest `keep`, and all older than `maxAgeSeconds`. Pure.
 * @param newestFirst archived versions of one path
 */
export function expiredOfPath(
  newestFirst: Kept[],
  limits: { keep: number; maxAgeSeconds: number },
  now: number,
): Kept[] {
  const oldest = now - limits.maxAgeSeconds * 1000;
  return newestFirst.filter((kept, i) => i >= limits.keep || kept.archivedAt < oldest);
}

/** The versions of these paths beyond the limits for number and age. */
export async function expiringAt(db: Sql, paths: Buffer[], limits: Limits, now: number): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const part of chunks(paths)) {
    const rows = await select(db, 'path_key IN (?) ORDER BY path_key, archived_at DESC, seq DESC', [part]);
    for (const kept of Map.groupBy(rows, keyOf).values()) found.push(...expiredOfPath(kept, limits, now));
  }
  return found;
}

/**
 * Everything in a folder's archive beyond the limits, in batches: what is too old or one too many of its path, then the
 * oldest of the rest until the archive is small enough. What is yielded may be removed meanwhile.
 */
export async function* expiring(db: Sql, folder: string, limits: Limits, now: number): AsyncGenerator<Kept[]> {
  let rest = 0;
  for await (const paths of pathsOf(db, folder)) {
    const rows = await select(db, 'folder = ? AND path_key IN (?) ORDER BY path_key, archived_at DESC, seq DESC', [
      folder,
      paths,
    ]);
    const gone = [...Map.groupBy(rows, keyOf).values()].flatMap((kept) => expiredOfPath(kept, limits, now));
    rest += bytesOf(rows) - bytesOf(gone);
    if (gone.length > 0) yield gone;
  }
  yield* oldestBeyond(db, folder, limits, now, rest - limits.maxBytes);
}

/** The same without the number of versions per path: two ranges by age, however large the archive is. */
export async function* beyondAgeAndSize(db: Sql, folder: string, limits: Limits, now: number): AsyncGenerator<Kept[]> {
  const oldest = now - limits.maxAgeSeconds * 1000;
  const old = await select(db, `folder = ? AND archived_at < ? ORDER BY archived_at LIMIT ${PAGE}`, [folder, oldest]);
  if (old.length > 0) yield old;
  const [[sum]] = await db.query<RowDataPacket[]>(
    'SELECT COALESCE(SUM(size), 0) AS bytes FROM local.archived WHERE folder = ? AND archived_at >= ?',
    [folder, oldest],
  );
  yield* oldestBeyond(db, folder, limits, now, Number(sum!.bytes) - limits.maxBytes);
}

/** The oldest that number and age allow, until this many bytes are found. */
async function* oldestBeyond(
  db: Sql,
  folder: string,
  limits: Limits,
  now: number,
  bytes: number,
): AsyncGenerator<Kept[]> {
  let excess = bytes;
  for (let last: Kept | undefined, more = true; more && excess > 0; ) {
    const after = last ? 'AND archived_at >= ? AND (archived_at > ? OR (path_key, origin, seq) > (?, ?, ?))' : '';
    const place = last ? [last.archivedAt, last.archivedAt, last.pathKey, last.origin, last.seq] : [];
    const rows: Kept[] = await select(
      db,
      `folder = ? ${after} ORDER BY archived_at, path_key, origin, seq LIMIT ${PAGE}`,
      [folder, ...place],
    );
    const expired = new Set((await expiringAt(db, uniquePaths(rows), limits, now)).map(idOf));
    const gone: Kept[] = [];
    for (const kept of rows) {
      if (excess <= 0) break;
      if (expired.has(idOf(kept))) continue;
      gone.push(kept);
      excess -= kept.size;
    }
    last = rows.at(-1);
    more = rows.length === PAGE;
    if (gone.length > 0) yield gone;
  }
}

/** The keys of all paths with content in a folder's archive. */
async function* pathsOf(db: Sql, folder: string): AsyncGenerator<Buffer[]> {
  for (let last: Buffer | undefined, more = true; more; ) {
    const result = await db.query<RowDataPacket[]>(
      `SELECT DISTINCT path_key FROM local.archived WHERE folder = ? ${last ? 'AND path_key > ?' : ''}
        ORDER BY path_key LIMIT ${PAGE}`,
      [folder, ...(last ? [last] : [])],
    );
    const keys: Buffer[] = result[0].map((row) => row.path_key);
    if (keys.length > 0) yield keys;
    last = keys.at(-1);
    more = keys.length === PAGE;
  }
}

export const bytesOf = (kept: Kept[]) => kept.reduce((bytes, { size }) => bytes + size, 0);

const keyOf = ({ pathKey }: Kept) => pathKey.toString('latin1');
const idOf = ({ pathKey, origin, seq }: Kept) => `${pathKey.toString('latin1')}${origin}.${seq}`;
const uniquePaths = (rows: Kept[]) => [...new Map(rows.map((kept) => [keyOf(kept), kept.pathKey])).values()];

async function select(db: Sql, where: string, values: unknown[]): Promise<Kept[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT path_key, origin, seq, sha256, size, archived_at FROM local.archived WHERE ${where}`,
    values,
  );
  return rows.map((row) => ({
    pathKey: row.path_key,
    origin: String(row.origin),
    seq: Number(row.seq),
    sha256: row.sha256,
    size: Number(row.size),
    archivedAt: Number(row.archived_at),
  }));
}
