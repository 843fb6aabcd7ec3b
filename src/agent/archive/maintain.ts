import { delay } from '../../base/delay.ts';
import { openSeedDatabase } from '../../database/connect.ts';
import { siteSchema } from '../../database/schema.ts';
import { forgetKept, hasKept } from '../apply/kept.ts';
import { takeOver } from '../journal/former.ts';
import { failedContents } from '../journal/pending.ts';
import type { Site } from '../site.ts';
import { trimArchive } from './retention.ts';

const EVERY_MS = 5000;
/** Rounds between two thorough ones: a minute. */
const THOROUGH = 12;
/** Rounds between two looks for what former sites left that has arrived only since: an hour. */
const TAKE_OVER = 720;
/** Contents stay in rows for this many thorough rounds after they were ingested here. */
const CONTENT_ROUNDS = 10;

/**
 * Keeps the archive within each folder's limits and drops contents from rows that were ingested: by then they are on
 * the disk. Runs until the site's signal aborts.
 */
export async function maintain(site: Site): Promise<void> {
  const earlier: Map<string, number>[] = [];
  for (let round = 1; !site.signal.aborted; round++) {
    await delay(EVERY_MS, site.signal);
    try {
      const thorough = round % THOROUGH === 0;
      if (round % TAKE_OVER === 0) await takeOver(site);
      await trim(site, thorough);
      if (!thorough) continue;
      earlier.push(new Map(site.counters.progress));
      if (earlier.length > CONTENT_ROUNDS) await dropContents(site, earlier.shift()!);
    } catch (error) {
      site.log.warn({ err: error }, 'housekeeping failed; trying again');
    }
  }
}

async function trim(site: Site, thoroughly: boolean): Promise<void> {
  for (const [name, folder] of site.folders) {
    const grew = site.archiveGrew.get(name);
    site.archiveGrew.delete(name);
    if (grew) {
      await trimArchive(
        site.db,
        folder,
        [...grew].map((key) => Buffer.from(key, 'latin1')),
        site.now(),
      );
    }
    if (!thoroughly) continue;
    await trimArchive(site.db, folder, [], site.now());
    if (hasKept(folder)) await site.lock(async () => forgetKept(folder, await failedContents(site.db, name)));
  }
}

/** Not logged: every site drops its own copies, when it has ingested them. */
async function dropContents(site: Site, upTo: Map<string, number>): Promise<void> {
  const seed = openSeedDatabase(site.plan, site.secrets);
  try {
    const connection = await seed.getConnection();
    await connection.query('SET SESSION sql_log_bin = 0');
    for (const { name } of site.plan.sites)
      await connection.query(`DELETE FROM ${siteSchema(name)}.content WHERE seq <= ?`, [upTo.get(name) ?? 0]);
    connection.release();
  } finally {
    await seed.end();
  }
}
