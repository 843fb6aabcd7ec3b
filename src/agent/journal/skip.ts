import type { RowDataPacket } from 'mysql2/promise';
import type { SiteContext } from '../site/site.ts';
import { text } from '../store/rows.ts';
import { type Skipped, saveSkipped } from '../store/skipped.ts';
import type { Sql } from '../store/sql.ts';

/** The record of a skipped row. */
export function skippedFrom(origin: string, row: RowDataPacket, reason: string): Skipped {
  const seq = Number(row.seq);
  return { origin, seq, folder: text(row.folder), path: text(row.path), pathKey: row.path_key, reason };
}

/** Records skipped rows: they count as missing from now on. */
export async function skip(site: Pick<SiteContext, 'log' | 'now' | 'random'>, db: Sql, rows: Skipped[]): Promise<void> {
  for (const { origin, seq, folder, reason } of rows)
    site.log.error({ origin, seq, folder, reason }, 'a row was skipped; it is tried again');
  await saveSkipped(db, rows, site);
}
