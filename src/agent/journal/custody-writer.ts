import type { RowDataPacket } from 'mysql2/promise';
import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Site } from '../site/site.ts';
import { type Custody, custodyOf, formatRanges } from '../versions/custody.ts';

/** Rows of `pending` looked at for one statement of custody; what lies beyond counts as missing. */
const LIMIT = 20_000;

/**
 * Tells the network what this site holds: at once when something changed after a calm, then at most once per
 * `gapMs`, and only rows that differ. Runs until the site's signal aborts.
 */
export async function writeCustody(site: Site, gapMs: number): Promise<void> {
  const written = new Map<string, string>();
  await repeat(() => writeChanges(site, written), {
    signal: site.signal,
    async pause() {
      await delay(gapMs, site.signal);
      await site.custodyBell.wait(60_000, site.signal);
    },
    failed(err) {
      written.clear();
      site.log.warn({ err }, 'custody could not be written; trying again');
    },
  });
}

async function writeChanges(site: Site, written: Map<string, string>): Promise<void> {
  const current = await currentCustody(site);
  const rows: unknown[][] = [];
  for (const [origin, custody] of current) {
    const ranges = formatRanges(custody.missing);
    const form = `${custody.held}/${custody.known}/${ranges}`;
    if (written.get(origin) === form) continue;
    written.set(origin, form);
    rows.push([origin, custody.held, custody.known, ranges]);
  }
  if (rows.length === 0) return;
  await site.db.query(
    `INSERT INTO ${siteSchema(site.plan.site)}.custody (origin, held, known, missing) VALUES ?
       ON DUPLICATE KEY UPDATE held = VALUES(held), known = VALUES(known), missing = VALUES(missing)`,
    [rows],
  );
}

/** What this site holds of every origin, from its own database. */
export async function currentCustody(site: Site): Promise<Map<string, Custody>> {
  // Progress first: a version that is ingested between the two queries must not look held.
  const progress = new Map(site.counters.progress);
  const [rows] = await site.db.query<RowDataPacket[]>(
    'SELECT origin, seq FROM local.pending ORDER BY origin, seq LIMIT ?',
    [LIMIT],
  );
  const wanted = new Map<string, number[]>();
  for (const row of rows) {
    const origin = String(row.origin);
    const seqs = wanted.get(origin);
    if (seqs) seqs.push(Number(row.seq));
    else wanted.set(origin, [Number(row.seq)]);
  }
  const lastSeen = rows.length === LIMIT ? String(rows.at(-1)!.origin) : undefined;
  const result = new Map<string, Custody>();
  for (const [origin, known] of progress) {
    const custody = custodyOf(
      known,
      (wanted.get(origin) ?? []).filter((seq) => seq <= known),
    );
    result.set(origin, lastSeen !== undefined && origin >= lastSeen ? cutShort(custody) : custody);
  }
  return result;
}

/** Everything after the first hole counts as missing. */
function cutShort({ held, known }: Custody): Custody {
  return { held, known, missing: held < known ? [[held + 1, known]] : [] };
}
