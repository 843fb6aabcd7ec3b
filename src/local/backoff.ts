const FIRST_MS = 200;
const MOST_MS = 10_000;
/** A process that ran this long was well: its next trouble is a new one. */
const WELL_MS = 30_000;

/**
 * How long to wait before a process that ended is started again: 0.2 s at first, then twice as long each time up to
 * 10 s. `previousMs` is the wait before the run that has just ended, 0 if there was none; `ranMs` how long it ran.
 */
export function nextDelay(previousMs: number, ranMs: number): number {
  if (previousMs === 0 || ranMs >= WELL_MS) return FIRST_MS;
  return Math.min(MOST_MS, previousMs * 2);
}
