import type { RowDataPacket } from 'mysql2/promise';
import { backoffMs, MAX_PAUSE_MS } from '../../base/backoff.ts';
import type { BytePath } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { formatId, type VersionId } from '../versions/version.ts';
import { blob, text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/**
 * A row of another site that could not be ingested: it breaks a rule, or the database refuses what follows from it.
 * Later rows go on; it counts as missing, and is retried.
 */
export interface Skipped extends VersionId {
  folder: string;
  path: BytePath;
  pathKey: Buffer;
  reason: string;
}

/** The pause after the first failure of a row. */
const RETRY_MS = 2000;
/** Maximum number of rows described per folder. */
const NAMED = 5;

/** Records that rows were skipped, or were again: the pause until the next attempt grows with their failures. */
export async function saveSkipped(db: Sql, rows: Skipped[], clock: Pick<Clock, 'now' | 'random'>): Promise<void> {
  const now = clock.now();
  for (const part of chunks(rows, 500)) {
    const attempts = await attemptsOf(db, part);
    await db.query(
      `INSERT INTO local.skipped (origin, seq, folder, path, path_key, reason, since, attempts, next_try) VALUES ?
         ON DUPLICATE KEY UPDATE reason = VALUES(reason), attempts = VALUES(attempts), next_try = VALUES(next_try)`,
      [
        part.map((row) => {
          const count = (attempts.get(formatId(row)) ?? 0) + 1;
          const nextTry = Math.round(now + backoffMs(count, RETRY_MS, clock.random()));
          const { origin, seq, folder, path, pathKey, reason } = row;
          return [origin, seq, folder, blob(path), pathKey, blob(reason.slice(0, 1000)), now, count, nextTry];
        }),
      ],
    );
  }
}

async function attemptsOf(db: Sql, ids: VersionId[]): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT origin, seq, attempts FROM local.skipped WHERE (origin, seq) IN (?)',
    [ids.map(({ origin, seq }) => [origin, seq])],
  );
  return new Map(rows.map((row) => [formatId(readId(row)), Number(row.attempts)]));
}

/** Removes rows that were ingested, or no longer matter. */
export async function dropSkipped(db: Sql, ids: VersionId[]): Promise<void> {
  for (const part of chunks(ids))
    await db.query('DELETE FROM local.skipped WHERE (origin, seq) IN (?)', [
      part.map(({ origin, seq }) => [origin, seq]),
    ]);
}

/**
 * Numbers of rows that are due, by origin. A time beyond the longest pause comes from a clock that has been set back
 * since.
 */
export async function dueSkipped(db: Sql, now: number, limit: number): Promise<Map<string, number[]>> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT origin, seq FROM local.skipped WHERE next_try <= ? OR next_try > ? ORDER BY next_try LIMIT ?',
    [now, now + MAX_PAUSE_MS, limit],
  );
  const due = new Map<string, number[]>();
  for (const { origin, seq } of rows.map(readId)) due.set(origin, [...(due.get(origin) ?? []), seq]);
  return due;
}

/** The first skipped rows, in the order of their numbers. */
export async function loadSkippedIds(db: Sql, limit: number): Promise<VersionId[]> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT origin, seq FROM local.skipped ORDER BY origin, seq LIMIT ?', [
    limit,
  ]);
  return rows.map(readId);
}

/** By folder: how many rows are skipped, and the first of them. */
export async function countSkipped(
  db: Sql,
): Promise<Map<string, { count: number; first: Omit<Skipped, 'pathKey'>[] }>> {
  const [counts] = await db.query<RowDataPacket[]>('SELECT folder, COUNT(*) AS n FROM local.skipped GROUP BY folder');
  const found = new Map<string, { count: number; first: Omit<Skipped, 'pathKey'>[] }>();
  for (const row of counts) {
    const [first] = await db.query<RowDataPacket[]>(
      'SELECT origin, seq, path, reason FROM local.skipped WHERE folder = ? ORDER BY origin, seq LIMIT ?',
      [row.folder, NAMED],
    );
    const folder = text(row.folder);
    found.set(folder, {
      count: Number(row.n),
      first: first.map((one) => ({ ...readId(one), folder, path: text(one.path), reason: String(one.reason) })),
    });
  }
  return found;
}

const readId = (row: RowDataPacket): VersionId => ({ origin: text(row.origin), seq: Number(row.seq) });
