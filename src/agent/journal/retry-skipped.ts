import type { RowDataPacket } from 'mysql2/promise';
import { bisect } from '../../base/bisect.ts';
import { isRefusal } from '../../database/refusal.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Site } from '../site/site.ts';
import { originsOf } from '../store/family.ts';
import { dropSkipped, dueSkipped, saveSkipped } from '../store/skipped.ts';
import { takeIn } from './ingest.ts';
import { skippedFrom } from './skip.ts';

/** Maximum number of rows retried at a time. */
const RETRIED = 200;

/**
 * Retries skipped rows that are due: their cause may be gone. A row that is still invalid no longer matters once its
 * site has written a newer one of the same path. Takes the site's lock.
 */
export async function retrySkipped(site: Site): Promise<void> {
  for (const [origin, seqs] of await dueSkipped(site.store.db, site.now(), RETRIED)) {
    const rows = originsOf(site).includes(origin) ? await loadRows(site, origin, seqs) : [];
    await bisect(
      rows,
      (part) => site.store.lock(() => retryRows(site, origin, part)),
      isRefusal,
      (row, error) => saveSkipped(site.store.db, [skippedFrom(origin, row, error.message)], site),
    );
    const there = new Set(rows.map((row) => Number(row.seq)));
    const lost = seqs.filter((seq) => !there.has(seq));
    await dropSkipped(
      site.store.db,
      lost.map((seq) => ({ origin, seq })),
    );
    site.wake.custody.ring();
  }
}

async function retryRows(site: Site, origin: string, rows: RowDataPacket[]): Promise<void> {
  const last = site.store.counters.progress.get(origin) ?? 0;
  await takeIn(site, origin, rows, last, new Map(), async (tx, unread) => {
    const isSuperseded = new Map(rows.map((row) => [Number(row.seq), Number(row.newer) > 0]));
    const waiting = unread.filter(({ seq }) => !isSuperseded.get(seq));
    await saveSkipped(tx, waiting, site);
    const waits = new Set(waiting.map(({ seq }) => seq));
    const settled = rows.map((row) => Number(row.seq)).filter((seq) => !waits.has(seq));
    await dropSkipped(
      tx,
      settled.map((seq) => ({ origin, seq })),
    );
  });
}

/** Rows with these numbers, and whether there is a newer one of the same path. */
async function loadRows(site: Site, origin: string, seqs: number[]): Promise<RowDataPacket[]> {
  const table = `${siteSchema(origin)}.version`;
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT v.*, EXISTS (SELECT 1 FROM ${table} n WHERE n.path_key = v.path_key AND n.seq > v.seq) AS newer
       FROM ${table} v WHERE v.seq IN (?) ORDER BY v.seq`,
    [seqs],
  );
  return rows;
}
