import { HEARTBEAT_SECONDS } from '../../database/engine.ts';

/** The latest sign of life of a channel, and when it was first seen; monotonic milliseconds. */
export interface Sign {
  sign: string;
  at: number;
}

/** The maximum silence: one heartbeat may be missing or late. */
export const SILENT_MS = 2 * HEARTBEAT_SECONDS * 1000;

/** The state after a poll; a running channel is assumed to be alive when it is first seen. Pure. */
export function noteSign(before: Sign | undefined, sign: string, now: number): Sign {
  return before?.sign === sign ? before : { sign, at: now };
}

/** Whether not even heartbeats arrive over a channel: its link is cut, whatever the tunnel still believes. Pure. */
export const isQuiet = ({ at }: Sign, now: number): boolean => now - at > SILENT_MS;

/** The most that the time between two polls counts: an agent, or its database, that stalled has not listened. */
const LONGEST_GAP_MS = 4000;

/** A clock that advances only while we listen. A stall of our own is not a neighbour's silence. */
export interface ListeningClock {
  /** After a poll; monotonic milliseconds. */
  looked(now: number): void;
  /** Milliseconds of listening up to the last poll. */
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
