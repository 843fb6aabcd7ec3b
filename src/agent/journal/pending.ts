import type { RowDataPacket } from 'mysql2/promise';
import { LONGEST_PAUSE_MS } from '../../base/backoff.ts';
import { type Head, readHead } from './head-table.ts';
import type { PathRef } from './path-ref.ts';
import { blob } from './rows.ts';
import { chunks, type Sql } from './sql.ts';
import type { VersionId } from './version.ts';

/** A head that this site should hold and does not yet. */
export interface Pending {
  head: Head;
  /** Unix ms since when it is wanted here. */
  since: number;
  attempts: number;
  error?: string;
}

export async function addPending(db: Sql, heads: Head[], now: number): Promise<void> {
  for (const part of chunks(heads)) {
    await db.query('INSERT IGNORE INTO local.pending (origin, seq, dir_key, path_key, since) VALUES ?', [
      part.map((h) => [h.origin, h.seq, h.ref.dirKey, h.ref.pathKey, now]),
    ]);
  }
}

/** Forgets whatever is pending for these paths: held now, or superseded. */
export async function dropPending(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs)) {
    await db.query('DELETE FROM local.pending WHERE path_key IN (?)', [part.map((r) => r.pathKey)]);
  }
}

/**
 * What may be tried now, oldest first, as far as it is still the head. No pause is longer than {@link LONGEST_PAUSE_MS}: a time beyond
 * that was told by a clock that has been set back since.
 */
export async function duePending(db: Sql, now: number, limit: number): Promise<Pending[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT h.*, p.since, p.attempts, p.error FROM local.pending p
       JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key AND h.origin = p.origin AND h.seq = p.seq
      WHERE p.next_try <= ? OR p.next_try > ? ORDER BY p.since, p.origin, p.seq LIMIT ?`,
    [now, now + LONGEST_PAUSE_MS, limit],
  );
  return rows.map((row) => ({
    head: readHead(row),
    since: Number(row.since),
    attempts: row.attempts,
    ...(row.error && { error: String(row.error) }),
  }));
}

/** Records why a try failed and when the next one is due (Unix ms). */
export async function postpone(db: Sql, id: VersionId, error: string, nextTry: number): Promise<void> {
  await db.query(
    'UPDATE local.pending SET attempts = attempts + 1, error = ?, next_try = ? WHERE origin = ? AND seq = ?',
    [blob(error.slice(0, 1000)), nextTry, id.origin, id.seq],
  );
}

export interface Backlog {
  files: number;
  bytes: number;
  /** Unix ms at which the oldest missing head was made; undefined when nothing is missing. */
  oldest?: number;
  errors: string[];
}

/** What this site lacks, from its own database. `oldest` is when it became wanted here. */
export async function backlog(db: Sql): Promise<Backlog> {
  const [[sum]] = await db.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS files, COALESCE(SUM(h.size), 0) AS bytes, MIN(p.since) AS oldest FROM local.pending p
       JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key`,
  );
  const [errors] = await db.query<RowDataPacket[]>(
    'SELECT DISTINCT error FROM local.pending WHERE error IS NOT NULL AND attempts > 2 LIMIT 5',
  );
  return {
    files: Number(sum!.files),
    bytes: Number(sum!.bytes),
    ...(sum!.oldest !== null && { oldest: Number(sum!.oldest) }),
    errors: errors.map((row) => String(row.error)),
  };
}

/** Numbers still wanted per origin, ascending: the holes in custody. */
export async function wantedSeqs(db: Sql, origin: string): Promise<number[]> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT seq FROM local.pending WHERE origin = ? ORDER BY seq', [
    origin,
  ]);
  return rows.map((row) => Number(row.seq));
}
