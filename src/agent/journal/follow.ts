import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import type { Engine } from '../../database/engine.ts';
import type { Site } from '../site/site.ts';
import { ingest } from './ingest.ts';

/** Poll intervals for new rows in the own database (ms): while rows arrive, and when it is quiet. */
const BUSY_MS = 25;
const CALM_MS = 150;
/** After a failure. */
const RETRY_MS = 1000;
/** Quiet starts this long after the last row. */
const CALM_AFTER_MS = 3000;

/**
 * Ingests the rows of other sites as they arrive. Notices them by polling the replication position of the own database: one
 * cheap query, whatever the number of sites; nothing polls across a link. Runs until the signal is aborted.
 */
export async function followJournal(site: Site, engine: Pick<Engine, 'position'>): Promise<void> {
  let seen: string | undefined;
  let lastNews = Number.NEGATIVE_INFINITY;
  async function round(): Promise<void> {
    const position = await readPosition(site, engine);
    if (position === seen) return;
    if ((await ingest(site)) > 0) lastNews = site.monotonic();
    seen = position;
    // Neighbours' custody may have changed with it.
    site.wake.pull.ring();
  }
  const pauseMs = () => (site.monotonic() - lastNews < CALM_AFTER_MS ? BUSY_MS : CALM_MS);
  await repeat(round, {
    signal: site.signal,
    pause: (hasFailed) => delay(hasFailed ? RETRY_MS : pauseMs(), site.signal, site),
    failed(err) {
      seen = undefined;
      site.log.warn({ err }, 'the journal could not be followed; trying again');
    },
  });
}

async function readPosition(site: Site, engine: Pick<Engine, 'position'>): Promise<string> {
  const connection = await site.store.db.getConnection();
  try {
    return await engine.position(connection);
  } finally {
    connection.release();
  }
}
