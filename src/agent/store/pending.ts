import type { RowDataPacket } from 'mysql2/promise';
import { backoffMs, MAX_PAUSE_MS } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { ProblemCode } from '../../problems/catalogue.ts';
import type { Problem, ReportedProblem } from '../../problems/problem.ts';
import { likeCode, readProblem, writeProblem } from '../../problems/stored.ts';
import { formatId, type VersionId } from '../versions/version.ts';
import { type Head, readHead } from './head.ts';
import type { PathRef } from './path-ref.ts';
import { countsByFolder, text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/** A head that this site should hold and does not yet. */
export interface Pending {
  head: Head;
  /** Unix ms: since when it is wanted here. */
  since: number;
  attempts: number;
}

export async function addPending(db: Sql, heads: Head[], now: number): Promise<void> {
  for (const part of chunks(heads)) {
    await db.query('INSERT IGNORE INTO local.pending (origin, seq, dir_key, path_key, since) VALUES ?', [
      part.map((h) => [h.origin, h.seq, h.ref.dirKey, h.ref.pathKey, now]),
    ]);
  }
}

/** A problem as stored in the column `error`. */
const errorOf = (problem: Problem) => Buffer.from(writeProblem(problem));

/** Removes what is pending for these paths, because it is held now or superseded. */
export async function dropPending(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs)) {
    await db.query('DELETE FROM local.pending WHERE path_key IN (?)', [part.map((r) => r.pathKey)]);
  }
}

/**
 * Heads that are due in these folders, oldest first, unless superseded. No pause is longer than {@link MAX_PAUSE_MS}: a
 * later time comes from a clock that has been set back since.
 */
export async function duePending(db: Sql, folders: string[], now: number, limit: number): Promise<Pending[]> {
  if (folders.length === 0) return [];
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT h.*, p.since, p.attempts FROM local.pending p
       JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key AND h.origin = p.origin AND h.seq = p.seq
      WHERE (p.next_try <= ? OR p.next_try > ?) AND h.folder IN (?) ORDER BY p.since, p.origin, p.seq LIMIT ?`,
    [now, now + MAX_PAUSE_MS, folders, limit],
  );
  return rows.map((row) => ({
    head: readHead(row),
    since: Number(row.since),
    attempts: row.attempts,
  }));
}

/** Records why an attempt failed, and when the next one is due (Unix ms). */
export async function postpone(db: Sql, id: VersionId, problem: Problem, nextTry: number): Promise<void> {
  await db.query(
    'UPDATE local.pending SET attempts = attempts + 1, error = ?, next_try = ? WHERE origin = ? AND seq = ?',
    [errorOf(problem), nextTry, id.origin, id.seq],
  );
}

/** The same for many, each after a pause that grows with its own failures: see {@link backoffMs}. */
export async function backOff(
  db: Sql,
  failures: { head: VersionId; problem: Problem }[],
  clock: Pick<Clock, 'now' | 'random'>,
  baseMs: number,
): Promise<void> {
  for (const [error, group] of Map.groupBy(failures, ({ problem }) => writeProblem(problem))) {
    for (const part of chunks(group)) {
      const attempts = await attemptsOf(db, part);
      for (const [count, ids] of Map.groupBy(part, ({ head }) => attempts.get(formatId(head)) ?? 0)) {
        const nextTry = Math.round(clock.now() + backoffMs(count + 1, baseMs, clock.random()));
        await db.query(
          'UPDATE local.pending SET attempts = attempts + 1, error = ?, next_try = ? WHERE (origin, seq) IN (?)',
          [Buffer.from(error), nextTry, ids.map(({ head }) => [head.origin, head.seq])],
        );
      }
    }
  }
}

async function attemptsOf(db: Sql, failures: { head: VersionId }[]): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT origin, seq, attempts FROM local.pending WHERE (origin, seq) IN (?)',
    [failures.map(({ head }) => [head.origin, head.seq])],
  );
  return new Map(rows.map((row) => [formatId({ origin: text(row.origin), seq: Number(row.seq) }), row.attempts]));
}

/** Postpones heads (Unix ms) without counting a failure. `problem` says why; without it the previous one stays. */
export async function waitFor(db: Sql, heads: VersionId[], nextTry: number, problem?: Problem): Promise<void> {
  const error = problem && errorOf(problem);
  for (const part of chunks(heads)) {
    const ids = part.map((head) => [head.origin, head.seq]);
    await db.query('UPDATE local.pending SET next_try = ?, error = COALESCE(?, error) WHERE (origin, seq) IN (?)', [
      nextTry,
      error ?? null,
      ids,
    ]);
  }
}

/** A cause is gone: what waited for it in this folder is due now. */
export async function tryAgain(db: Sql, folder: string, causes: ProblemCode[]): Promise<void> {
  for (const code of causes)
    await db.query(
      `UPDATE local.pending p JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key
        SET p.next_try = 0 WHERE h.folder = ? AND p.error LIKE ?`,
      [folder, Buffer.from(likeCode(code))],
    );
}

/** Which of these contents are wanted in this folder, at any path: their hashes in hex. */
export async function wantedContents(db: Sql, folder: string, hashes: Buffer[]): Promise<Set<string>> {
  const wanted = new Set<string>();
  for (const part of chunks(hashes)) {
    const [rows] = await db.query<RowDataPacket[]>(
      `SELECT DISTINCT h.sha256 FROM local.pending p
         JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key AND h.origin = p.origin AND h.seq = p.seq
        WHERE h.sha256 IN (?) AND h.folder = ?`,
      [part, folder],
    );
    for (const row of rows) wanted.add((row.sha256 as Buffer).toString('hex'));
  }
  return wanted;
}

/** Whether any of these is still wanted. */
export async function isAnyPending(db: Sql, heads: VersionId[]): Promise<boolean> {
  for (const part of chunks(heads)) {
    const ids = part.map(({ origin, seq }) => [origin, seq]);
    const [rows] = await db.query<RowDataPacket[]>('SELECT 1 FROM local.pending WHERE (origin, seq) IN (?) LIMIT 1', [
      ids,
    ]);
    if (rows.length > 0) return true;
  }
  return false;
}

export interface Backlog {
  files: number;
  bytes: number;
  /** Unix ms: when the oldest missing head was made; undefined when none is missing. */
  oldest?: number;
  /** Why some of it does not arrive. */
  problems: ReportedProblem[];
}

/** What this site lacks, from its own database. */
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
    problems: errors.map((row) => readProblem(String(row.error))),
  };
}

/** How many heads each folder lacks here. */
export async function missingByFolder(db: Sql): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT h.folder, COUNT(*) AS n FROM local.pending p
       JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key GROUP BY h.folder`,
  );
  return countsByFolder(rows);
}
