/** Bytes per second that any disk can spare; small folders are read at least this fast. */
const FLOOR = 1_000_000;
/** An undisturbed round takes this share of its period; the rest is for pauses, restarts and growth. */
const PART = 0.5;
/** A round starts after this share of the period since the previous one, so that no file waits longer than the period. */
const BEGIN = 0.9;

/** The rate at which a folder is verified, in bytes per second. Pure. */
export function rateFor(bytes: number, everySeconds: number): number {
  return Math.max(FLOOR, Math.ceil(bytes / (everySeconds * PART)));
}

/** Start of the current or last round over the folder; Unix ms. */
interface Round {
  started: number;
}

/** Whether the next round is due. Pure. A start in the future comes from a wrong clock, and is ignored. */
export function isDue({ started }: Round, everySeconds: number, now: number): boolean {
  return started > now || now - started >= everySeconds * 1000 * BEGIN;
}

/**
 * Whether reading waits while users or transfers use the disk. Pure. It waits as long as the round is on time; a late one
 * continues beside them, at its rate and the lowest priority.
 * @param done share of the round that is complete, 0 … 1
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
