/** The longest pause between two tries of anything (ms): what was mended is noticed within it. */
export const LONGEST_PAUSE_MS = 60_000;

/**
 * How long to wait after the `attempts`-th failure in a row (1, 2, …): doubles from `baseMs` up to `maxMs`, with jitter so that
 * a crowd of failures does not come back at once. Returns ms; `random` in [0, 1).
 */
export function backoffMs(attempts: number, baseMs: number, random: number, maxMs = LONGEST_PAUSE_MS): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempts - 1));
  return full * (0.5 + random / 2);
}
