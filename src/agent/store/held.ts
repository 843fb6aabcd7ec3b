import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, parentOf } from '../../base/bytes.ts';
import type { Kind } from '../versions/version.ts';
import type { IndexEntry } from './index-entry.ts';
import type { PathRef } from './path-ref.ts';
import { blob, text } from './rows.ts';
import { BATCH, chunks, type Sql } from './sql.ts';

/** Deeper than any path of 4095 bytes. */
const MAX_DEPTH = 4096;

/** What was at a path, and still is at all other sites: a version in the journal. */
export type PreviousVersion = Pick<IndexEntry, 'origin' | 'seq' | 'kind' | 'size' | 'mtimeNs' | 'mode' | 'sha256'>;

/**
 * A change on this disk that is not journaled. The index says what is on disk: nothing for a deletion, unversioned content
 * for an overwrite.
 */
export interface Held {
  ref: PathRef;
  was: PreviousVersion;
  now: { kind: Kind; size: number; mtimeNs: bigint };
  /** Unix ms. */
  since: number;
  /** It waits for approval. Otherwise it was only just seen, and the brake decides once it has seen everything. */
  needsApproval: boolean;
}

/** How much of a folder waits for approval. */
export interface HeldCount {
  changes: number;
  deletions: number;
  overwrites: number;
  /** Of the previous content. */
  bytes: number;
  /** Unix ms. */
  since: number;
}

/** The index entry that the change was made from. */
export function entryBefore({ ref, was }: Held): IndexEntry {
  return { ref, ...was, ctimeNs: 0n, ino: 0n };
}

export async function loadHeld(db: Sql, refs: PathRef[]): Promise<Map<string, Held>> {
  const found = new Map<string, Held>();
  for (const part of chunks(refs)) {
    const [rows] = await db.query<RowDataPacket[]>('SELECT * FROM local.held WHERE (dir_key, path_key) IN (?)', [
      part.map((ref) => [ref.dirKey, ref.pathKey]),
    ]);
    for (const row of rows) {
      const held = readHeld(row);
      found.set(held.ref.id, held);
    }
  }
  return found;
}

export async function saveHeld(db: Sql, changes: Held[]): Promise<void> {
  for (const part of chunks(changes)) {
    await db.query(
      `REPLACE INTO local.held (dir_key, path_key, folder, path, depth, decided, kind, size, mtime_ns,
         was_kind, was_size, was_mtime_ns, was_mode, was_sha256, was_origin, was_seq, since) VALUES ?`,
      [
        part.map(({ ref, was, now, since, needsApproval }) => [
          ref.dirKey,
          ref.pathKey,
          ref.folder,
          blob(ref.path),
          depthOf(ref.path),
          needsApproval,
          now.kind,
          now.size,
          String(now.mtimeNs),
          was.kind,
          was.size,
          String(was.mtimeNs),
          was.mode,
          was.sha256 ?? null,
          was.origin,
          was.seq,
          since,
        ]),
      ],
    );
  }
}

export async function dropHeld(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs))
    await db.query('DELETE FROM local.held WHERE (dir_key, path_key) IN (?)', [
      part.map((ref) => [ref.dirKey, ref.pathKey]),
    ]);
}

/** Makes these wait for approval. */
export async function holdBack(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs))
    await db.query('UPDATE local.held SET decided = 1 WHERE (dir_key, path_key) IN (?)', [
      part.map((ref) => [ref.dirKey, ref.pathKey]),
    ]);
}

/**
 * The folder's changes, or those at and below these paths, in batches of one depth: deletions are made deepest first, and
 * undone the other way. Each batch is a range of the key, however many there are.
 */
export async function* heldBatches(
  db: Sql,
  folder: string,
  decided: boolean,
  paths?: BytePath[],
  order: 'deepest' | 'shallowest' = 'deepest',
): AsyncGenerator<Held[]> {
  const chosen = paths && within(paths);
  const meant = ['folder = ? AND decided = ?', ...(chosen ? [`(${chosen.sql})`] : [])].join(' AND ');
  const values = [folder, decided, ...(chosen?.values ?? [])];
  const [first, bound, step] = order === 'deepest' ? ['MAX', '<=', -1] : ['MIN', '>=', 1];
  // Never below 0: MariaDB 10.11 finds no 0 beyond -1 in an unsigned column.
  for (let depth = order === 'deepest' ? MAX_DEPTH : 0; depth >= 0; depth += step) {
    const [[row]] = await db.query<RowDataPacket[]>(
      `SELECT ${first}(depth) AS depth FROM local.held WHERE ${meant} AND depth ${bound} ?`,
      [...values, depth],
    );
    if (row!.depth === null) return;
    depth = Number(row!.depth);
    for (let last: PathRef | undefined, full = true; full; ) {
      const after: Buffer[] = last ? [last.dirKey, last.dirKey, last.pathKey] : [];
      const result = await db.query<RowDataPacket[]>(
        `SELECT * FROM local.held WHERE ${meant} AND depth = ?
           ${last ? 'AND dir_key >= ? AND (dir_key > ? OR path_key > ?)' : ''} ORDER BY dir_key, path_key LIMIT ${BATCH}`,
        [...values, depth, ...after],
      );
      const batch: Held[] = result[0].map(readHeld);
      if (batch.length > 0) yield batch;
      last = batch.at(-1)?.ref;
      full = batch.length === BATCH;
    }
  }
}

/** A condition that matches these paths and everything below them. */
export function within(paths: BytePath[]): { sql: string; values: Buffer[] } {
  // In names that start with the directory's and "/", "0" is the next byte after the slash.
  return {
    sql: paths.map(() => 'path = ? OR (path > ? AND path < ?)').join(' OR '),
    values: paths.flatMap((path) => [blob(path), blob(`${path}/`), blob(`${path}0`)]),
  };
}

export async function countHeld(db: Sql): Promise<Map<string, HeldCount>> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT folder, COUNT(*) AS changes, SUM(kind = 'deleted') AS deletions, SUM(was_size) AS bytes, MIN(since) AS since
       FROM local.held WHERE decided = 1 GROUP BY folder`,
  );
  return new Map(
    rows.map((row) => {
      const [changes, deletions] = [Number(row.changes), Number(row.deletions)];
      const overwrites = changes - deletions;
      return [text(row.folder), { changes, deletions, overwrites, bytes: Number(row.bytes), since: Number(row.since) }];
    }),
  );
}

export function readHeld(row: RowDataPacket): Held {
  const folder = text(row.folder);
  const path = text(row.path);
  return {
    ref: { folder, path, dirKey: row.dir_key, pathKey: row.path_key, id: `${folder}\0${path}` },
    was: {
      kind: row.was_kind,
      size: Number(row.was_size),
      mtimeNs: BigInt(row.was_mtime_ns),
      mode: Number(row.was_mode),
      ...(row.was_sha256 && { sha256: row.was_sha256 }),
      origin: text(row.was_origin),
      seq: Number(row.was_seq),
    },
    now: { kind: row.kind, size: Number(row.size), mtimeNs: BigInt(row.mtime_ns) },
    since: Number(row.since),
    needsApproval: Number(row.decided) === 1,
  };
}

function depthOf(path: BytePath): number {
  let depth = 0;
  for (let dir = parentOf(path); dir !== ''; dir = parentOf(dir)) depth++;
  return depth;
}
