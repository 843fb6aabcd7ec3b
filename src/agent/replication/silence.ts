import { HEARTBEAT_SECONDS } from '../../database/engine.ts';

/** The newest sign of life of a channel, and when it was seen first; ms of a clock that nobody sets. */
export interface Sign {
  sign: string;
  at: number;
}

/** Nothing may arrive for so long: one heartbeat may be missing or late. */
export const SILENT_MS = 2 * HEARTBEAT_SECONDS * 1000;

/** What is known after a look; a channel that runs is taken to be alive when it is seen first. Pure. */
export function noteSign(before: Sign | undefined, sign: string, now: number): Sign {
  return before?.sign === sign ? before : { sign, at: now };
}

/** A channel over which not even a heartbeat arrives: its link is cut, whatever the tunnel still believes. Pure. */
export const isQuiet = ({ at }: Sign, now: number): boolean => now - at > SILENT_MS;

/** Of the time between two looks no more counts: an agent, or its database, that stood still has not listened. */
const LONGEST_GAP_MS = 4000;

/** A clock that goes only while somebody listens. A stall of our own is not the silence of a neighbour. */
export interface ListeningClock {
  /** After a look; ms of a clock that nobody sets. */
  looked(now: number): void;
  /** Ms of listening up to the last look. */
  now(): number;
}

export function createListeningClock(): ListeningClock {
  let listened = 0;
  let last: number | undefined;
  return {
    looked(now) {
      listened += Math.min(LONGEST_GAP_MS, Math.max(0, now - (last ?? now)));
      last = now;
    },
    now: () => listened,
  };
}
