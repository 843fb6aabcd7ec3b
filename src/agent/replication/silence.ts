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
