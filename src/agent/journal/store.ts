import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { type BytePath, parentOf, pathKey } from '../../base/bytes.ts';
import { blob, text } from './rows.ts';
import type { Content, Kind, Version, VersionId } from './version.ts';

/** Anything that runs SQL: a pool, a connection, or a transaction's connection. */
export type Sql = Pick<Connection, 'query'>;

/** A path of a folder with the keys under which the derived tables know it. */
export interface PathRef {
  folder: string;
  path: BytePath;
  dirKey: Buffer;
  pathKey: Buffer;
  /** For Maps. */
  id: string;
}

export function refOf(folder: string, path: BytePath): PathRef {
  return {
    folder,
    path,
    dirKey: dirKeyOf(folder, path),
    pathKey: pathKey(folder, path),
    id: `${folder}\0${path}`,
  };
}

/** Key of the directory in which `path` lies; the folder's root is its own parent. */
export function dirKeyOf(folder: string, path: BytePath): Buffer {
  return pathKey(folder, parentOf(path));
}

/** The winning version of a path as the table `head` keeps it. */
export interface Head extends VersionId {
  ref: PathRef;
  kind: Kind;
  size: number;
  mtimeNs: bigint;
  mode: number;
  sha256?: Buffer;
  target?: BytePath;
  clock: number;
  /** Number of other heads. */
  rivals: number;
}

/** What is on this disk at a path, as last seen or written, and which version it is. */
export interface IndexEntry extends VersionId {
  ref: PathRef;
  kind: Exclude<Kind, 'deleted'>;
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
  mode: number;
  sha256?: Buffer;
}

/** The id of what is on disk and no version: what a person changed where nothing is shared, or other metadata of the head. */
export const BORROWED: VersionId = { origin: '', seq: 0 };

export function isBorrowed(entry: IndexEntry): boolean {
  return entry.origin === BORROWED.origin;
}

export function headFrom(ref: PathRef, v: Version, rivals: number): Head {
  const { origin, seq, kind, size, mtimeNs, mode, sha256, target, clock } = v;
  return {
    ref,
    origin,
    seq,
    kind,
    size,
    mtimeNs,
    mode,
    clock,
    rivals,
    ...(sha256 && { sha256 }),
    ...(target !== undefined && { target }),
  };
}

/** What a head, or an entry of the index, says that a version of the same content says too, whoever makes it. */
export function contentOf({
  ref,
  kind,
  size,
  mtimeNs,
  mode,
  sha256,
  target,
}: Omit<Content, 'folder' | 'path'> & { ref: PathRef }): Content {
  return {
    folder: ref.folder,
    path: ref.path,
    kind,
    size,
    mtimeNs,
    mode,
    ...(sha256 && { sha256 }),
    ...(target !== undefined && { target }),
  };
}

/** Rows per statement: large enough to amortise the round trip, small enough for the server's memory. */
export const BATCH = 500;

export function* chunks<T>(items: readonly T[], size = BATCH): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

export async function loadHeads(db: Sql, refs: PathRef[]): Promise<Map<string, Head>> {
  const rows = await selectPaths(db, 'head', refs);
  return new Map(rows.map((row) => readHead(row)).map((head) => [head.ref.id, head]));
}

export async function loadIndex(db: Sql, refs: PathRef[]): Promise<Map<string, IndexEntry>> {
  const rows = await selectPaths(db, '`index`', refs);
  return new Map(rows.map((row) => readIndexEntry(row)).map((entry) => [entry.ref.id, entry]));
}

async function selectPaths(db: Sql, table: string, refs: PathRef[]): Promise<RowDataPacket[]> {
  const found: RowDataPacket[] = [];
  for (const part of chunks(refs)) {
    // Grouped by directory: the shape that the range optimiser turns into one range per path.
    const byDir = new Map<string, { dir: Buffer; keys: Buffer[] }>();
    for (const ref of part) {
      const dir = ref.dirKey.toString('latin1');
      const group = byDir.get(dir) ?? { dir: ref.dirKey, keys: [] };
      group.keys.push(ref.pathKey);
      byDir.set(dir, group);
    }
    const groups = [...byDir.values()];
    const where = groups.map(() => '(dir_key = ? AND path_key IN (?))').join(' OR ');
    const [rows] = await db.query<RowDataPacket[]>(
      `SELECT * FROM local.${table} WHERE ${where}`,
      groups.flatMap((g) => [g.dir, g.keys]),
    );
    found.push(...rows);
  }
  return found;
}

export function readHead(row: RowDataPacket): Head {
  return {
    ref: readRef(row),
    origin: text(row.origin),
    seq: Number(row.seq),
    kind: row.kind,
    size: Number(row.size),
    mtimeNs: BigInt(row.mtime_ns),
    mode: row.mode,
    clock: Number(row.clock),
    rivals: row.rivals,
    ...(row.sha256 && { sha256: row.sha256 }),
    ...(row.target !== null && { target: text(row.target) }),
  };
}

export function readIndexEntry(row: RowDataPacket): IndexEntry {
  return {
    ref: readRef(row),
    origin: text(row.origin),
    seq: Number(row.seq),
    kind: row.kind,
    size: Number(row.size),
    mtimeNs: BigInt(row.mtime_ns),
    ctimeNs: BigInt(row.ctime_ns),
    ino: BigInt(row.ino),
    mode: row.mode,
    ...(row.sha256 && { sha256: row.sha256 }),
  };
}

function readRef(row: RowDataPacket): PathRef {
  const folder = text(row.folder);
  const path = text(row.path);
  return { folder, path, dirKey: row.dir_key, pathKey: row.path_key, id: `${folder}\0${path}` };
}

export async function saveHeads(db: Sql, heads: Head[]): Promise<void> {
  for (const part of chunks(heads)) {
    await db.query(
      `REPLACE INTO local.head (dir_key, path_key, folder, path, origin, seq, kind, size, mtime_ns, mode, sha256, target, clock, rivals) VALUES ?`,
      [
        part.map((h) => [
          h.ref.dirKey,
          h.ref.pathKey,
          h.ref.folder,
          blob(h.ref.path),
          h.origin,
          h.seq,
          h.kind,
          h.size,
          String(h.mtimeNs),
          h.mode,
          h.sha256 ?? null,
          h.target === undefined ? null : blob(h.target),
          h.clock,
          h.rivals,
        ]),
      ],
    );
  }
}

export async function saveIndex(db: Sql, entries: IndexEntry[]): Promise<void> {
  for (const part of chunks(entries)) {
    await db.query(
      `REPLACE INTO local.\`index\` (dir_key, path_key, folder, path, kind, size, mtime_ns, ctime_ns, ino, mode, sha256, origin, seq) VALUES ?`,
      [
        part.map((e) => [
          e.ref.dirKey,
          e.ref.pathKey,
          e.ref.folder,
          blob(e.ref.path),
          e.kind,
          e.size,
          String(e.mtimeNs),
          String(e.ctimeNs),
          String(e.ino),
          e.mode,
          e.sha256 ?? null,
          e.origin,
          e.seq,
        ]),
      ],
    );
    await forgetDigests(
      db,
      part.map((e) => e.ref),
    );
  }
}

export async function dropIndex(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs)) {
    await db.query('DELETE FROM local.`index` WHERE (dir_key, path_key) IN (?)', [
      part.map((r) => [r.dirKey, r.pathKey]),
    ]);
    await forgetDigests(db, part);
  }
}

/**
 * A digest says that a directory equals the index, so it ends with the index entry: a directory that was moved out of
 * the folder and back has the same digest again, while the index has forgotten what is in it.
 */
async function forgetDigests(db: Sql, refs: PathRef[]): Promise<void> {
  const keys = new Map(refs.map((ref) => [ref.dirKey.toString('latin1'), ref.dirKey]));
  await db.query('DELETE FROM local.directory WHERE dir_key IN (?)', [[...keys.values()]]);
}

/** Number of rows a statement changed. */
export function affected(result: unknown): number {
  return (result as ResultSetHeader).affectedRows;
}
