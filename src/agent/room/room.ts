import type { Room } from '../fs/disk.ts';

const MOST_RESERVED_BYTES = 100_000_000;
const MOST_RESERVED_INODES = 1000;
const SHARE = 0.01;

/**
 * How much of the disk fetched content may still use. The rest is reserved for what must continue on a full disk: the
 * database, deletions and renames, and files that users save. Pure.
 */
export function usable({ free, size, inodes }: Room): { bytes: number; inodes: number } {
  const reserved = (all: number, most: number) => Math.min(all * SHARE, most);
  return {
    bytes: Math.max(0, Math.floor(free - reserved(size, MOST_RESERVED_BYTES))),
    inodes: inodes
      ? Math.max(0, Math.floor(inodes.free - reserved(inodes.all, MOST_RESERVED_INODES)))
      : Number.MAX_SAFE_INTEGER,
  };
}

/** The items that fit, in their order: one that is too large does not block smaller ones. Pure. */
export function fitting<T>(items: T[], sizeOf: (item: T) => number, room: Room): { fit: T[]; wait: T[] } {
  const left = usable(room);
  const [fit, wait]: [T[], T[]] = [[], []];
  for (const item of items) {
    const size = sizeOf(item);
    if (size > left.bytes || left.inodes < 1) {
      wait.push(item);
      continue;
    }
    left.bytes -= size;
    left.inodes -= 1;
    fit.push(item);
  }
  return { fit, wait };
}
