import type { Pool } from 'mysql2/promise';
import { repeat } from '../base/repeat.ts';
import { siteSchema } from '../database/schema.ts';
import { forgetKept, keptHashes } from './apply/kept.ts';
import { retryIntents } from './apply/recover.ts';
import { trimArchive, trimPaths } from './archive/trim.ts';
import { takeOver } from './journal/former.ts';
import { retrySkipped } from './journal/retry-skipped.ts';
import type { Site } from './site/site.ts';
import { wantedContents } from './store/pending.ts';

const EVERY_MS = 5000;
/** Every how many rounds the whole archive is checked: once a minute. */
const THOROUGH = 12;
/** Every how many rounds versions of former sites are taken over: once an hour. */
const TAKE_OVER = 720;
/** When versions that had to stay are checked again. */
const PATIENCE_MS = 600_000;
/** For how many thorough rounds contents stay in rows after they were ingested. */
const CONTENT_ROUNDS = 10;

/**
 * Retries rows that were skipped, keeps archives within their limits, and drops contents from rows that were ingested,
 * because they are on disk by then. Runs until the site's signal is aborted.
 */
export async function maintain(site: Site, openSeed: () => Pool): Promise<void> {
  const earlier: Map<string, number>[] = [];
  const trimmed = new Map<string, Trimmed>();
  let rounds = 0;
  async function round(): Promise<void> {
    rounds++;
    const thorough = rounds % THOROUGH === 0;
    if (rounds % TAKE_OVER === 0) await takeOver(site);
    await retrySkipped(site);
    await retryIntents(site);
    await trim(site, trimmed, thorough);
    if (!thorough) return;
    earlier.push(new Map(site.store.counters.progress));
    if (earlier.length > CONTENT_ROUNDS) await dropContents(site, openSeed(), earlier.shift()!);
  }
  const failed = (err: Error) => site.log.warn({ err }, 'housekeeping failed; trying again');
  await repeat(round, { signal: site.signal, clock: site, pause: EVERY_MS, pauseFirst: true, failed });
}

/** The state of a folder's archive. */
interface Trimmed {
  /** The limits to which the whole archive was trimmed. */
  limits: string;
  /** Unix ms of the next check of the whole archive, if something had to stay. */
  again?: number;
}

/** New limits apply to the whole archive at once; otherwise only paths whose archive grew are checked. */
async function trim(site: Site, trimmed: Map<string, Trimmed>, thoroughly: boolean): Promise<void> {
  for (const [name, folder] of site.folders) {
    if (!(await folder.answers())) continue;
    const limits = JSON.stringify(folder.plan.versions);
    const known = trimmed.get(name);
    const grew = [...(site.store.archiveGrew.get(name) ?? [])].map((key) => Buffer.from(key, 'latin1'));
    site.store.archiveGrew.delete(name);
    // After a failure the next round checks the whole archive.
    trimmed.delete(name);
    const whole = known?.limits !== limits || site.now() >= (known.again ?? Number.POSITIVE_INFINITY);
    let left = 0;
    if (whole) left = await trimArchive(site, folder, 'all');
    else {
      if (grew.length > 0) left = await trimPaths(site, folder, grew);
      if (thoroughly && known.again === undefined) left += await trimArchive(site, folder, 'age and size');
    }
    const again = left > 0 ? site.now() + PATIENCE_MS : whole ? undefined : known?.again;
    trimmed.set(name, { limits, ...(again !== undefined && { again }) });
    const kept = thoroughly ? keptHashes(folder) : [];
    if (kept.length > 0)
      await site.store.lock(async () => forgetKept(folder, await wantedContents(site.store.db, name, kept)));
  }
}

/** Not replicated: every site drops its own copies once it has ingested them. */
async function dropContents(site: Site, seed: Pool, upTo: Map<string, number>): Promise<void> {
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
