/** The longest pause between two attempts at anything (ms), and so the time in which a recovery is noticed. */
export const MAX_PAUSE_MS = 60_000;
/** A process that ran this long (ms) counts as healthy: its exit is the first failure of a new series. */
const HEALTHY_MS = 30_000;

/**
 * How long to wait after the `attempts`-th failure in a row (1, 2, …), in ms: doubles from `baseMs` up to `maxMs`, with
 * jitter so that many clients do not retry at once. `random` in [0, 1).
 */
export function backoffMs(attempts: number, baseMs: number, random: number, maxMs = MAX_PAUSE_MS): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempts - 1));
  return full * (0.5 + random / 2);
}

/** Failures in a row after a process has exited having run for `ranMs`; `before`: those before this run. */
export function failuresAfterRun(before: number, ranMs: number): number {
  return ranMs >= HEALTHY_MS ? 1 : before + 1;
}
