/** The longest pause between two attempts at anything (ms): once the cause is mended, that is noticed within it. */
export const LONGEST_PAUSE_MS = 60_000;
/** A process that ran this long (ms) was well: its end is the first failure of a new row. */
const WELL_MS = 30_000;

/**
 * How long to wait after the `attempts`-th failure in a row (1, 2, …), in ms: doubles from `baseMs` up to `maxMs`, with jitter
 * so that many failures do not come back at once. `random` in [0, 1).
 */
export function backoffMs(attempts: number, baseMs: number, random: number, maxMs = LONGEST_PAUSE_MS): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempts - 1));
  return full * (0.5 + random / 2);
}

/** Failures in a row when a process has ended after `ranMs`; `before`: those before this run. */
export function failuresAfterRun(before: number, ranMs: number): number {
  return ranMs >= WELL_MS ? 1 : before + 1;
}
