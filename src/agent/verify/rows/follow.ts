import type { RowDataPacket } from 'mysql2/promise';
import { delay } from '../../../base/delay.ts';
import { repeat } from '../../../base/repeat.ts';
import { siteSchema } from '../../../database/schema.ts';
import { problem } from '../../../problems/problem.ts';
import type { Links } from '../../link/links.ts';
import { peerDatabase } from '../../replication/peer.ts';
import { setProblem } from '../../site/set-problem.ts';
import type { Site } from '../../site/site.ts';
import { addCompared, loadCompared, saveCompared } from '../../store/compared.ts';
import { rangesThatDiffer } from './digests.ts';
import { repairRange } from './repair.ts';
import { speakerFor } from './speaker.ts';

const EVERY_MS = 86_400_000;
const POLL_MS = 60_000;
/** Pause between two queries to a neighbour's database, where users come first as well. */
const REST_MS = 500;

/**
 * Compares this site's copy of other sites' rows with a neighbour's, each origin once a day. Runs until the site's
 * signal is aborted.
 */
export async function followRows(site: Site, links: Links): Promise<void> {
  async function round(): Promise<void> {
    for (const origin of await dueOrigins(site)) await compareRows(site, links, origin);
  }
  const failed = (err: Error) =>
    site.log.warn({ err }, "the rows could not be compared with a neighbour's; trying again");
  await repeat(round, { signal: site.signal, pause: POLL_MS, pauseFirst: true, failed });
}

/**
 * Origins that were not compared for a day, the longest waiting first. A time in the future comes from a wrong clock.
 */
async function dueOrigins({ store: { db }, plan, now }: Site): Promise<string[]> {
  const last = await loadCompared(db);
  const others = plan.sites.map(({ name }) => name).filter((name) => name !== plan.site);
  const fresh = others.filter((name) => !last.has(name));
  // Spread over the day, so that they are not all due at once.
  await addCompared(
    db,
    fresh.map((origin) => ({ origin, at: now() - Math.floor(Math.random() * EVERY_MS) })),
  );
  const age = (name: string) => now() - last.get(name)!;
  return others
    .filter((name) => last.has(name) && (age(name) >= EVERY_MS || age(name) < 0))
    .sort((a, b) => last.get(a)! - last.get(b)!);
}

/** Compares the rows of all other sites. Returns how many were copied again. */
export async function compareAllRows(site: Site, links: Links): Promise<number> {
  let repaired = 0;
  for (const { name } of site.plan.sites)
    if (name !== site.plan.site && !site.signal.aborted) repaired += await compareRows(site, links, name);
  return repaired;
}

/**
 * Compares the rows of one site with those of the neighbour nearest to it, as far as both have them, and copies
 * differing rows again. Returns how many; 0 also while no neighbour can be asked.
 */
async function compareRows(site: Site, links: Links, origin: string): Promise<number> {
  const { plan, secrets, log, signal } = site;
  const connected = links.peers().map(({ name }) => name);
  const speaker = speakerFor(plan, connected, origin);
  const link = plan.links.find(({ peer }) => peer === speaker);
  if (!speaker || !link) return 0;
  const peer = peerDatabase(plan, secrets, link);
  try {
    const [[top]] = await peer.query<RowDataPacket[]>(
      `SELECT COALESCE(MAX(seq), 0) AS seq FROM ${siteSchema(origin)}.version`,
    );
    const upTo = Math.min(Number(top!.seq), site.store.counters.progress.get(origin) ?? 0);
    const rest = () => delay(REST_MS, signal);
    let [repaired, theirLoss] = [0, 0];
    for (const range of await rangesThatDiffer(site.store.db, peer, origin, upTo, rest)) {
      const one = await repairRange(site, peer, origin, range);
      repaired += one.rows;
      theirLoss += one.theirLoss;
    }
    if (repaired > 0)
      log.error(
        { origin, peer: speaker, rows: repaired },
        'journal rows differed from those of a neighbour and were copied again',
      );
    const differs = problem('journalDiffers', { origin, peer: speaker, count: theirLoss });
    setProblem(site, `the journal of ${origin}`, theirLoss > 0 ? differs : undefined);
    await saveCompared(site.store.db, origin, site.now(), speaker, repaired);
    return repaired;
  } finally {
    await peer.end();
  }
}
