import { bisect } from '../../base/bisect.ts';
import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import { isRefusal } from '../../database/refusal.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Site } from '../site/site.ts';
import { currentCustody } from '../store/custody.ts';
import { formatRanges } from '../versions/custody.ts';

/**
 * Tells the network what this site holds: at once when something changes after a quiet time, then at most once per `gapMs`,
 * and only rows that differ. Runs until the site's signal is aborted.
 */
export async function writeCustody(site: Site, gapMs: number): Promise<void> {
  const written = new Map<string, string>();
  await repeat(() => writeChanges(site, written), {
    signal: site.signal,
    async pause() {
      await delay(gapMs, site.signal, site);
      await site.wake.custody.wait(60_000, site.signal);
    },
    failed(err) {
      written.clear();
      site.log.warn({ err }, 'custody could not be written; trying again');
    },
  });
}

async function writeChanges(site: Site, written: Map<string, string>): Promise<void> {
  const current = await currentCustody(site.store);
  const rows: unknown[][] = [];
  for (const [origin, custody] of current) {
    const ranges = formatRanges(custody.missing);
    const form = `${custody.held}/${custody.known}/${ranges}`;
    if (written.get(origin) === form) continue;
    written.set(origin, form);
    rows.push([origin, custody.held, custody.known, ranges]);
  }
  if (rows.length === 0) return;
  const write = (part: unknown[][]) =>
    site.store.db.query(
      `INSERT INTO ${siteSchema(site.plan.site)}.custody (origin, held, known, missing) VALUES ?
         ON DUPLICATE KEY UPDATE held = VALUES(held), known = VALUES(known), missing = VALUES(missing)`,
      [part],
    );
  await bisect(rows, write, isRefusal, ([origin], error) =>
    site.log.error({ origin, err: error }, 'custody of one origin could not be written'),
  );
}
