import type { RowDataPacket } from 'mysql2/promise';
import { displayPath } from '../../base/bytes.ts';
import { safeCount, safeTime } from '../../base/numbers.ts';
import type { ReportedProblem } from '../../problems/problem.ts';
import { harmless } from '../../problems/reported.ts';
import { readProblem } from '../../problems/stored.ts';
import type { VersionId } from '../versions/version.ts';
import { text } from './rows.ts';

/** What a site has under way, or cannot get. Times are Unix ms. */
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

/** From a row of `transfer` of any site: numbers that can be reckoned with, times that a Date can say, text that can be shown. Never throws. */
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

/** 100 is said only of what was verified and is in place. */
export function percentOf({ done, total }: Pick<Transfer, 'done' | 'total'>): number {
  return total > 0 ? Math.min(99, Math.floor((100 * done) / total)) : 0;
}
