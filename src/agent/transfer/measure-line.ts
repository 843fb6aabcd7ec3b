import type { Pool } from 'mysql2/promise';

/** From this rate (bytes per second) a line needs no shares: what waits behind a batch waits for seconds at most. */
export const FAST = 1e6;

/** A step that took this long (ms) says what the line can do; a shorter one may be the noise of a loaded machine. */
const TELLING_MS = 500;
/** The same of the first step, which is repeated. */
const TELLING_FIRST_MS = 250;
/** The first step is not repeated when it took less. */
const PROMPT_MS = 40;
/** A connection that carries this many times more than a step ago has not reached the rate of its line. */
const GROWTH = 1.2;
/** Fits into the first window of a connection. */
const FIRST = 4096;
const TRIES = 3;
/** Bytes that are requested then, one step after another. */
const STEPS = [16_384, 16_384, 65_536, 65_536, 65_536, 262_144, 262_144];

/**
 * Finds out how fast bytes arrive over a line, in bytes per second, by requesting a few: 12 KB of a slow line, 44 KB of
 * one that is busy. Undefined when it is {@link FAST}. What delays some requests, like a loaded machine, does not make a
 * line slow: the best of several counts.
 * @param request resolves to how long that many bytes took, in ms
 */
export async function measureLine(request: (bytes: number) => Promise<number>): Promise<number | undefined> {
  const latency = Math.min(await request(1), await request(1));
  const time = async (bytes: number) => Math.max(1, (await request(bytes)) - latency);
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES && first > PROMPT_MS; i++) first = Math.min(first, await time(FIRST));
  let rate = first > PROMPT_MS ? (1000 * FIRST) / first : 0;
  if (first > TELLING_FIRST_MS) return rate;
  let reached = 0;
  for (const bytes of STEPS) {
    const ms = await time(bytes);
    const now = (1000 * bytes) / ms;
    reached = ms > TELLING_MS && now < rate * GROWTH ? reached + 1 : 0;
    rate = Math.max(rate, now);
    if (rate >= FAST) return undefined;
    if (reached === 2) return rate;
  }
  return rate;
}

/** Requests of a neighbour's database: bytes that do not compress. */
export function requestOf(db: Pool, now: () => number): (bytes: number) => Promise<number> {
  return async (bytes) => {
    const started = now();
    await db.query('SELECT REPEAT(RANDOM_BYTES(?), ?)', [Math.min(bytes, 1024), Math.ceil(bytes / 1024)]);
    return now() - started;
  };
}
