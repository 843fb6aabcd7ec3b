import type { Pool } from 'mysql2/promise';

/** From this rate (bytes per second) a line needs no shares: what waits behind a batch waits for seconds at most. */
export const FAST = 1e6;

/** A step that took this long (ms) says what the line can do; a shorter one may be the noise of its latency. */
const TELLING_MS = 500;
/** So does the first, which fits into the first window of a connection. */
const TELLING_FIRST_MS = 40;
/** A connection that carries this many times more than a step ago has not reached the rate of its line. */
const GROWTH = 1.2;
/** Bytes that are requested, one step after another. */
const STEPS = [4096, 65_536, 65_536, 65_536, 262_144, 262_144];

/**
 * Finds out how fast bytes arrive over a line, in bytes per second, by requesting a few: 4 KB of a slow line. Undefined
 * when it is {@link FAST}.
 * @param request resolves to how long that many bytes took, in ms
 */
export async function measureLine(request: (bytes: number) => Promise<number>): Promise<number | undefined> {
  const latency = Math.min(await request(1), await request(1));
  let rate = 0;
  for (const [i, bytes] of STEPS.entries()) {
    const ms = Math.max(1, (await request(bytes)) - latency);
    const now = (1000 * bytes) / ms;
    const isTelling = i === 0 ? ms > TELLING_FIRST_MS : ms > TELLING_MS && now < rate * GROWTH;
    rate = isTelling || i > 0 ? Math.max(rate, now) : 0;
    if (i > 0 && rate >= FAST) return undefined;
    if (isTelling) return rate;
  }
  return rate >= FAST ? undefined : rate;
}

/** Requests of a neighbour's database: bytes that do not compress. */
export function requestOf(db: Pool, now: () => number): (bytes: number) => Promise<number> {
  return async (bytes) => {
    const started = now();
    await db.query('SELECT REPEAT(RANDOM_BYTES(?), ?)', [Math.min(bytes, 1024), Math.ceil(bytes / 1024)]);
    return now() - started;
  };
}
