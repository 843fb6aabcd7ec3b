/** Bytes per second that no disk feels; small folders are read no slower. */
const FLOOR = 1_000_000;
/** A round is over after this part of its time if nothing holds it up: pauses, restarts and growth have the rest. */
const PART = 0.5;
/** A round begins this part of the period after the one before, so that no file waits longer than the period. */
const BEGIN = 0.9;

/** How fast a folder is read again, in bytes per second. Pure. */
export function rateFor(bytes: number, everySeconds: number): number {
  return Math.max(FLOOR, Math.ceil(bytes / (everySeconds * PART)));
}

/** When the round over a folder that runs, or ran last, began; Unix ms. */
interface Round {
  started: number;
}

/** Whether the next round is due. Pure. A start in the future was told by a clock that was wrong: it counts for nothing. */
export function isDue({ started }: Round, everySeconds: number, now: number): boolean {
  return started > now || now - started >= everySeconds * 1000 * BEGIN;
}

/**
 * Whether reading waits while people or transfers use the disk. Pure. It waits as long as the round is on time; a late one goes
 * on beside them, at its rate and the lowest priority.
 * @param done part of the round that is read, 0 … 1
 */
export function isWaiting(
  isBusy: boolean,
  done: number,
  { started }: Round,
  everySeconds: number,
  now: number,
): boolean {
  const elapsed = (now - started) / (everySeconds * 1000);
  return isBusy && (elapsed <= PART || elapsed <= done);
}
