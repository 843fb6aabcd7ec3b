import { delay } from '../../base/delay.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Site } from '../site.ts';
import { trimArchive } from './retention.ts';

const EVERY_MS = 5000;
/** How long contents stay in rows after they were ingested here: long enough for a slow start, short enough to stay small. */
const CONTENT_MINUTES = 10;

/**
 * Keeps the archive within each folder's limits and drops contents from rows that were ingested: by then they are on
 * the disk. Runs until the site's signal aborts.
 */
export async function maintain(site: Site): Promise<void> {
  for (let round = 1; !site.signal.aborted; round++) {
    await delay(EVERY_MS, site.signal);
    try {
      await trim(site, round % 12 === 0);
      if (round % 12 === 0) await dropContents(site);
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
    if (thoroughly) await trimArchive(site.db, folder, [], site.now());
  }
}

/** Not logged: every site drops its own copies, when it has ingested them. */
async function dropContents(site: Site): Promise<void> {
  const connection = await site.db.getConnection();
  try {
    await connection.query('SET SESSION sql_log_bin = 0');
    for (const [origin, seq] of site.counters.progress) {
      const schema = siteSchema(origin);
      await connection.query(
        `DELETE c FROM ${schema}.content c JOIN ${schema}.version v ON v.seq = c.seq WHERE c.seq <= ? AND v.detected_at < ?`,
        [seq, site.now() - CONTENT_MINUTES * 60_000],
      );
    }
  } finally {
    // A connection without binary log must not go back to the pool.
    connection.destroy();
  }
}
