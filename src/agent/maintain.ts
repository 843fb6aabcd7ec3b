import type { Pool } from 'mysql2/promise';
import { repeat } from '../base/repeat.ts';
import { siteSchema } from '../database/schema.ts';
import { forgetKept, hasKept } from './apply/kept.ts';
import { retryIntents } from './apply/recover.ts';
import { trimArchive, trimPaths } from './archive/trim.ts';
import { takeOver } from './journal/former.ts';
import { retrySkipped } from './journal/retry-skipped.ts';
import type { Site } from './site/site.ts';
import { failedContents } from './store/pending.ts';

const EVERY_MS = 5000;
/** Rounds between two thorough ones: a minute. */
const THOROUGH = 12;
/** Rounds between two looks for what former sites left that has arrived only since: an hour. */
const TAKE_OVER = 720;
/** After this long it is tried again to remove what had to stay. */
const PATIENCE_MS = 600_000;
/** Contents stay in rows for this many thorough rounds after they were ingested here. */
const CONTENT_ROUNDS = 10;

/**
 * Tries again what the database refused, keeps the archive within each folder's limits and drops contents from rows that were ingested: by then they are on
 * the disk. Runs until the site's signal aborts.
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

/** How far a folder's archive is within its limits. */
interface Trimmed {
  /** The limits that the whole archive was trimmed to. */
  limits: string;
  /** Unix ms at which it is gone through as a whole again, when something had to stay. */
  again?: number;
}

/** Limits count at once: a folder whose limits are new is gone through as a whole, any other where it grew. */
async function trim(site: Site, trimmed: Map<string, Trimmed>, thoroughly: boolean): Promise<void> {
  for (const [name, folder] of site.folders) {
    if (!(await folder.answers())) continue;
    const limits = JSON.stringify(folder.plan.versions);
    const known = trimmed.get(name);
    const grew = [...(site.store.archiveGrew.get(name) ?? [])].map((key) => Buffer.from(key, 'latin1'));
    site.store.archiveGrew.delete(name);
    // After a failure nothing is known: the next round goes through the whole.
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
    if (thoroughly && hasKept(folder))
      await site.store.lock(async () => forgetKept(folder, await failedContents(site.store.db, name)));
  }
}

/** Not logged: every site drops its own copies, when it has ingested them. */
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
