import { setImmediate as giveWay } from 'node:timers/promises';
import type { Reads } from './disk.ts';

/** A part of a file: a hole, whose bytes are zeros, or data, which is read where the descriptor stands. */
interface Stretch {
  isHole: boolean;
  bytes: number;
}

export interface Stretches {
  /** The next stretch, of data at most `most` bytes; undefined at the end of the file as it is now. */
  next(most: number): Stretch | undefined;
  /** Bytes of it that were used. */
  took(bytes: number): void;
}

/** An open file from its beginning, for whoever reads it in order. It may grow meanwhile, at its end. */
export function createStretches(disk: Pick<Reads, 'seekData' | 'stats'>, fd: number): Stretches {
  let at = 0;
  let end = 0;
  return {
    next(most) {
      if (at >= end) {
        // The size first: what is written in between is looked at next time.
        const size = Number(disk.stats(fd).size);
        const data = disk.seekData(fd, at);
        const hole = (data ? data.from : size) - at;
        if (hole > 0) return { isHole: true, bytes: hole };
        if (!data) return undefined;
        end = data.to;
      }
      return { isHole: false, bytes: Math.min(most, end - at) };
    },
    took(bytes) {
      at += bytes;
    },
  };
}

/**
 * Bytes of data in an open file; the rest are holes. Costs three system calls for a file without holes, and two more for
 * each hole. Leaves the descriptor anywhere.
 */
export function countData(disk: Pick<Reads, 'seekData' | 'stats'>, fd: number): number {
  const stretches = createStretches(disk, fd);
  const size = Number(disk.stats(fd).size);
  let data = 0;
  for (let left = size, next = stretches.next(left); left > 0 && next; next = stretches.next(left)) {
    const bytes = Math.min(left, next.bytes);
    if (!next.isHole) data += bytes;
    stretches.took(bytes);
    left -= bytes;
  }
  return data;
}

const ZEROS = Buffer.alloc(1024 * 1024);
/** Zeros that are used before others get their turn (bytes). */
const SLICE = 4 * ZEROS.length;

/** Calls `use` with this many zeros, without blocking others. */
export async function useZeros(bytes: number, use: (part: Buffer) => void): Promise<void> {
  for (let left = bytes; left > 0; left -= SLICE) {
    eachOfZeros(Math.min(left, SLICE), use);
    if (left > SLICE) await giveWay();
  }
}

/** The same at once. */
export function eachOfZeros(bytes: number, use: (part: Buffer) => void): void {
  for (let left = bytes; left > 0; left -= ZEROS.length) use(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
}
