import type { Behind } from './behind.ts';

/** Counting what one site lacks costs some 3 ms where a thousand share a folder. */
const COUNT_MS_PER_SITE = 8;
/** In networks of which all is counted in less time, who asks waits for it. */
const WAIT_MS = 1000;

/** What all sites lack, by name. */
export type BehindOfAll = Map<string, Behind>;

/**
 * Keeps what was counted. In a large network counting takes seconds: there it is begun no more often than every 8 ms for each site, and
 * who asks meanwhile gets what was counted before, unless that is twice as old. Connections are told in seconds; what
 * a site lacks is then known within half a minute all the same.
 * @param now ms of a clock that nobody sets
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
    counting.catch(() => undefined); // who asks next tries again, and is told when that takes too long
    return Promise.resolve(known.behind);
  };
}
