import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { refOf } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import type { Sql } from '../store/sql.ts';
import { type Brake, WINDOW_MS } from './brake.ts';

/** More than this within a minute is too much in any case. */
const MOST = 50_000;

/**
 * Goes on counting where an earlier run of the agent ended: what it held within the last minute counts with what comes now, so
 * that the rest of a mass deletion does not flow because of a restart; and what came up within that minute may have moved. Losses that
 * it journaled are not counted again: a person may have approved them.
 */
export async function recallRecent(site: {
  db: Sql;
  brake: Brake;
  plan: { site: string };
  counters: { seq: number };
  now: () => number;
  monotonic: () => number;
}): Promise<void> {
  const now = site.now();
  const after = now - WINDOW_MS;
  // What was written down by the clock on the wall, by the one that nobody sets; what seems to be in the future is from just now.
  const monotonicOf = (at: number) => site.monotonic() - Math.max(0, now - at);
  const { seq } = site.counters;
  const [[made]] = await site.db.query<RowDataPacket[]>(
    `SELECT MAX(seq) AS seq FROM ${siteSchema(site.plan.site)}.version WHERE seq > ? AND detected_at < ?`,
    [seq - MOST, after],
  );
  site.brake.remember(monotonicOf(after), made!.seq === null ? Math.max(0, seq - MOST) : Number(made!.seq));
  const [rows] = await site.db.query<RowDataPacket[]>(
    `SELECT folder, path, kind, since FROM local.held
      WHERE decided = 1 AND was_kind <> 'dir' AND since >= ? ORDER BY since LIMIT ?`,
    [after, MOST],
  );
  for (const row of rows) {
    const { deleted, overwritten } = site.brake.recent(text(row.folder));
    const { id } = refOf(text(row.folder), text(row.path));
    (row.kind === 'deleted' ? deleted : overwritten).add([id], monotonicOf(Number(row.since)));
  }
}
