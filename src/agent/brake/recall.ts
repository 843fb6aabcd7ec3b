import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { refOf } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import type { Sql } from '../store/sql.ts';
import { type Brake, WINDOW_MS } from './brake.ts';

/** More than this within a minute is too much in any case. */
const MOST = 50_000;

/**
 * Continues counting where an earlier run of the agent ended: what it held within the last minute counts together with new
 * losses, so that a restart does not release the rest of a mass deletion; and what appeared within that minute may have
 * been moved. Losses that it journaled are not counted again: somebody may have approved them.
 */
export async function recallRecent(site: {
  store: { db: Sql; brake: Brake; counters: { seq: number } };
  plan: { site: string };
  now: () => number;
  monotonic: () => number;
}): Promise<void> {
  const now = site.now();
  const after = now - WINDOW_MS;
  // Converts wall clock time to monotonic time; a time in the future counts as just now.
  const monotonicOf = (at: number) => site.monotonic() - Math.max(0, now - at);
  const { seq } = site.store.counters;
  const [[made]] = await site.store.db.query<RowDataPacket[]>(
    `SELECT MAX(seq) AS seq FROM ${siteSchema(site.plan.site)}.version WHERE seq > ? AND detected_at < ?`,
    [seq - MOST, after],
  );
  site.store.brake.remember(monotonicOf(after), made!.seq === null ? Math.max(0, seq - MOST) : Number(made!.seq));
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT folder, path, kind, since FROM local.held
      WHERE decided = 1 AND was_kind <> 'dir' AND since >= ? ORDER BY since LIMIT ?`,
    [after, MOST],
  );
  for (const row of rows) {
    const { deleted, overwritten } = site.store.brake.recent(text(row.folder));
    const { id } = refOf(text(row.folder), text(row.path));
    (row.kind === 'deleted' ? deleted : overwritten).add([id], monotonicOf(Number(row.since)));
  }
}
