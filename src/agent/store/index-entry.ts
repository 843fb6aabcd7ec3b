import type { RowDataPacket } from 'mysql2/promise';
import type { Content, Kind, VersionId } from '../versions/version.ts';
import { dropIncomplete } from './incomplete.ts';
import { type PathRef, readRef, selectPaths } from './path-ref.ts';
import { blob, text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

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

/** The id of what is on disk but is not a version: local changes where nothing is shared, or other metadata of the head. */
export const UNVERSIONED: VersionId = { origin: '', seq: 0 };

export function isUnversioned(entry: IndexEntry): boolean {
  return entry.origin === UNVERSIONED.origin;
}

/**
 * The id of a file whose content is damaged, found at this time (Unix ms): the next step is to replace it by the head.
 * Unversioned, because the content is not a version; but unlike other unversioned content not somebody's change.
 */
export const damagedId = (foundAt: number): VersionId => ({ origin: UNVERSIONED.origin, seq: foundAt });

export function isDamaged(entry: IndexEntry): boolean {
  return isUnversioned(entry) && entry.seq > UNVERSIONED.seq;
}

/** The part of a head or index entry that any version of the same content has too, whoever makes it. */
export function contentOf({
  ref,
  kind,
  size,
  mtimeNs,
  mode,
  sha256,
  sparsity,
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
    ...(sparsity !== undefined && { sparsity }),
    ...(target !== undefined && { target }),
  };
}

export async function loadIndex(db: Sql, refs: PathRef[]): Promise<Map<string, IndexEntry>> {
  const rows = await selectPaths(db, '`index`', refs);
  return new Map(rows.map((row) => readIndexEntry(row)).map((entry) => [entry.ref.id, entry]));
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
    const refs = part.map((e) => e.ref);
    await dropIncomplete(db, refs);
    await forgetDigests(db, refs);
  }
}

export async function dropIndex(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs)) {
    await db.query('DELETE FROM local.`index` WHERE (dir_key, path_key) IN (?)', [
      part.map((r) => [r.dirKey, r.pathKey]),
    ]);
    await dropIncomplete(db, part);
    await forgetDigests(db, part);
  }
}

/**
 * A digest says that a directory equals the index, so it is dropped with the index entry: a directory that was moved out of
 * the folder and back has the same digest again, while the index has forgotten its contents.
 */
async function forgetDigests(db: Sql, refs: PathRef[]): Promise<void> {
  const keys = new Map(refs.map((ref) => [ref.dirKey.toString('latin1'), ref.dirKey]));
  await db.query('DELETE FROM local.directory WHERE dir_key IN (?)', [[...keys.values()]]);
}
