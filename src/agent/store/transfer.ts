import type { RowDataPacket } from 'mysql2/promise';
import { displayPath } from '../../base/bytes.ts';
import { safeCount, safeTime } from '../../base/numbers.ts';
import { siteSchema } from '../../database/schema.ts';
import type { ReportedProblem } from '../../problems/problem.ts';
import { harmless } from '../../problems/reported.ts';
import { readProblem } from '../../problems/stored.ts';
import type { VersionId } from '../versions/version.ts';
import { text } from './rows.ts';
import type { Sql } from './sql.ts';

/** A transfer that a site has begun, or that fails. Times are Unix ms. */
export interface Transfer {
  site: string;
  id: VersionId;
  folder: string;
  path: string;
  source: string;
  done: number;
  total: number;
  /** Bytes per second. */
  rate: number;
  /** Why it fails; null while it does not. */
  problem: ReportedProblem | null;
  nextTry: number | null;
  since: number;
}

/** The transfers of these sites. */
export async function loadTransfers(db: Sql, sites: string[]): Promise<Transfer[]> {
  const parts = sites.map((name) => `SELECT '${name}' AS site, t.* FROM ${siteSchema(name)}.transfer t`);
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  return rows.map((row) => readTransfer(String(row.site), row));
}

/**
 * The row is input from another site: numbers become safe integers, times valid dates, text printable. Never throws.
 */
export function readTransfer(site: string, row: RowDataPacket): Transfer {
  return {
    site,
    id: { origin: text(row.origin), seq: safeCount(row.seq) },
    folder: text(row.folder),
    path: text(row.path),
    source: displayPath(text(row.source)),
    done: safeCount(row.bytes_done),
    total: safeCount(row.bytes_total),
    rate: safeCount(row.rate),
    problem: row.error === null ? null : harmless(readProblem(String(row.error))),
    nextTry: row.next_try === null ? null : safeTime(row.next_try),
    since: safeTime(row.since),
  };
}

/** At most 99: only what was verified and is in place is complete. */
export function percentOf({ done, total }: Pick<Transfer, 'done' | 'total'>): number {
  return total > 0 ? Math.min(99, Math.floor((100 * done) / total)) : 0;
}
