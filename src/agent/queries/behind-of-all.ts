import type { Behind } from './behind.ts';

/** Counting what one site lacks costs some 3 ms if a thousand share a folder. */
const COUNT_MS_PER_SITE = 8;
/** In networks where counting takes less time, queries wait for it. */
const WAIT_MS = 1000;

/** What all sites lack, by name. */
export type BehindOfAll = Map<string, Behind>;

/**
 * Caches the counts. In a large network counting takes seconds: there it starts at most every 8 ms per site, and queries
 * meanwhile get the previous counts unless they are twice as old. Whether a site is connected is known within seconds; what
 * it lacks is then known within half a minute all the same.
 * @param now monotonic milliseconds
 */
export function keepBehind(
  count: () => Promise<BehindOfAll>,
  sites: () => number,
  now: () => number,
): () => Promise<BehindOfAll> {
  let known: { at: number; behind: BehindOfAll } | undefined;
  let counting: Promise<BehindOfAll> | undefined;

  async function countNow(): Promise<BehindOfAll> {
    const at = now();
    try {
      const behind = await count();
      known = { at, behind };
      return behind;
    } finally {
      counting = undefined;
    }
  }

  return () => {
    const period = COUNT_MS_PER_SITE * sites();
    const age = known ? now() - known.at : Number.POSITIVE_INFINITY;
    const isLarge = period > WAIT_MS;
    if (known && isLarge && age < period) return Promise.resolve(known.behind);
    counting ??= countNow();
    if (!known || !isLarge || age >= 2 * period) return counting;
    counting.catch(() => undefined); // the next query retries, and is told when that takes too long
    return Promise.resolve(known.behind);
  };
}
