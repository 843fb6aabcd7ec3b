import type { BigIntStats } from 'node:fs';
import { type Problem, problem } from '../../problems/problem.ts';
import type { At } from '../fs/at.ts';
import type { Disk } from '../fs/disk.ts';
import { MODE_MASK } from '../fs/modes.ts';
import { type OpenDirectories } from '../fs/open-directories.ts';
import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { whyNotPlaced } from './why-not-placed.ts';

/**
 * The outcome of one attempt to make a path equal to its head.
 * `placed`: `entry` is the new index entry, undefined for a deletion; `touched`: somebody changed the path again at
 * once, so it must be observed; `replaced`: what was there, in staging; `isIncomplete`: only its mode or times could not be
 * set, and it stays as it is.
 * `changed-here`: the disk differs from the index because somebody has just edited it: observe first. What could not be
 * put back is in staging as `aside`.
 * `not-empty`: a directory to be removed still has entries. `blocked`: try again later, for the reason given.
 */
export type Outcome =
  | { state: 'placed'; entry?: IndexEntry; touched?: boolean; replaced?: At; isIncomplete?: true }
  | { state: 'changed-here'; aside?: At }
  | { state: 'not-empty' }
  | { state: 'blocked'; problem: Problem };

export interface PlaceRequest {
  head: Head;
  /** The index entry; undefined when there is none. */
  index: IndexEntry | undefined;
  /** The new content in staging; undefined for deletions and when only metadata differ. */
  fresh?: Fresh;
  /** A free name in staging for what a deletion removes. */
  spare: At;
  /** The permission bits that it gets here. */
  mode: number;
  /** Only mode and times differ, of a file or directory of another user: they count as set if that is denied. */
  isForeign?: boolean;
}

export interface Fresh {
  at: At;
  stats: BigIntStats;
  /** A directory that gets its group only if it is made at its path. */
  inherits?: boolean;
}

/**
 * Makes one path equal to its head. Readers see the old state or the new one, never a mixture, nor, for files and
 * symbolic links, a gap. Nothing is overwritten: what was there is swapped atomically into staging, compared with the
 * index, and returned as `replaced`; if the index does not know it, it is swapped back.
 */
export function place(disk: Disk, dirs: OpenDirectories, request: PlaceRequest): Outcome {
  const { head, index, fresh, spare, mode } = request;
  try {
    const at = dirs.entry(head.ref.path, head.kind !== 'deleted');
    if (!at) return { state: 'placed' };
    // If the path should be free, the move itself finds out: it never replaces.
    const found = index || !fresh ? disk.look(at) : undefined;
    if (!isAsIndexed(found, index)) return { state: 'changed-here' };
    if (found?.isDirectory() && head.kind !== 'dir') dirs.forget(head.ref.path);
    if (head.kind === 'deleted') return found ? remove(disk, at, found, spare) : { state: 'placed' };
    if (fresh) return put(disk, at, found, fresh, request);
    return setMetadata(disk, at, head, index, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return { state: 'changed-here' };
    if (request.isForeign && (code === 'EPERM' || code === 'EACCES')) return asItIs(disk, dirs, head);
    return { state: 'blocked', problem: whyNotPlaced(error, head) };
  }
}

/** Whether the disk equals the index. Of a directory only the kind counts: its times change with its entries. */
export function isAsIndexed(found: BigIntStats | undefined, index: IndexEntry | undefined): boolean {
  if (!found || !index) return !found && !index;
  if (found.isDirectory()) return index.kind === 'dir';
  return isContentOf(found, index) && found.ctimeNs === index.ctimeNs;
}

/** The same, ignoring the change time, which a rename updates. */
export function isContentOf(found: BigIntStats, index: IndexEntry): boolean {
  if (found.isDirectory()) return index.kind === 'dir';
  const kind = found.isFile() ? 'file' : found.isSymbolicLink() ? 'symlink' : undefined;
  return (
    kind === index.kind &&
    found.ino === index.ino &&
    found.mtimeNs === index.mtimeNs &&
    (kind === 'symlink' || found.size === BigInt(index.size))
  );
}

/**
 * Sets times and mode of a file in place. Requires that no program is writing to it: its change would look like ours.
 */
function setMetadata(disk: Disk, at: At, head: Head, index: IndexEntry | undefined, mode: number): Outcome {
  if (head.kind === 'dir') {
    const now = Number(disk.look(at)?.mode ?? 0n) & 0o7777;
    const next = (now & 0o7000) | mode;
    if (next !== now) disk.setMode(at, next);
    return indexed(head, disk.look(at));
  }
  const file = disk.hold(at);
  if (!file) return { state: 'blocked', problem: problem('openHere') };
  try {
    const now = file.stats();
    if (!isAsIndexed(now, index)) return { state: 'changed-here' };
    if ((Number(now.mode) & MODE_MASK) !== mode) file.setMode(mode);
    if (now.mtimeNs !== head.mtimeNs) file.setMtime(head.mtimeNs);
    return indexed(head, file.stats());
  } finally {
    file.release();
  }
}

function asItIs(disk: Disk, dirs: OpenDirectories, head: Head): Outcome {
  const at = dirs.entry(head.ref.path, false);
  const outcome = indexed(head, at && disk.look(at));
  return outcome.state === 'placed' ? { ...outcome, isIncomplete: true } : outcome;
}

function indexed(head: Head, stats: BigIntStats | undefined): Outcome {
  return stats ? { state: 'placed', entry: entryOf(head, stats) } : { state: 'changed-here' };
}

function put(
  disk: Disk,
  at: At,
  found: BigIntStats | undefined,
  fresh: Fresh,
  { head, mode }: Pick<PlaceRequest, 'head' | 'mode'>,
): Outcome {
  if (!found && fresh.inherits) {
    disk.makeDirectory(at, mode);
    disk.removeDirectory(fresh.at);
    return placed(disk, at, fresh, head);
  }
  if (!found) {
    disk.moveNew(fresh.at, at);
    return placed(disk, at, fresh, head);
  }
  disk.exchange(fresh.at, at);
  const caught = disk.look(fresh.at);
  if (!caught || !isSame(caught, found)) return takeBack(disk, at, fresh, 'changed-here');
  if (!caught.isDirectory()) return { ...placed(disk, at, fresh, head), replaced: fresh.at };
  if (disk.removeDirectory(fresh.at)) return placed(disk, at, fresh, head);
  return takeBack(disk, at, fresh, 'not-empty');
}

/**
 * Puts back what was caught. If somebody has recreated the path in this moment, that comes out instead, and is kept.
 */
export function takeBack(disk: Disk, at: At, fresh: Fresh, state: 'changed-here' | 'not-empty'): Outcome {
  try {
    disk.exchange(fresh.at, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // The new content was removed in this moment.
    return moveBack(disk, fresh.at, at);
  }
  const back = disk.look(fresh.at);
  if (!back || isSame(back, fresh.stats)) return { state };
  return { state: 'changed-here', aside: fresh.at };
}

/** Moves what was caught back to its path, if that is still free. */
export function moveBack(disk: Disk, caught: At, at: At): Outcome {
  try {
    disk.moveNew(caught, at);
    return { state: 'changed-here' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { state: 'changed-here', aside: caught };
  }
}

function remove(disk: Disk, at: At, found: BigIntStats, caught: At): Outcome {
  if (found.isDirectory()) return disk.removeDirectory(at) ? { state: 'placed' } : { state: 'not-empty' };
  disk.moveNew(at, caught);
  const stats = disk.look(caught);
  if (stats && isSame(stats, found)) return { state: 'placed', replaced: caught };
  return moveBack(disk, caught, at);
}

/** The same inode, not written since. The ctime may differ: the rename itself updates it. */
function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size && a.mode === b.mode;
}

/** A change made since it was put there is not part of the head. */
function placed(disk: Disk, at: At, fresh: Fresh, head: Head): Extract<Outcome, { state: 'placed' }> {
  const stats = disk.look(at);
  if (stats && (isSame(stats, fresh.stats) || stats.isDirectory()))
    return { state: 'placed', entry: entryOf(head, stats) };
  return { state: 'placed', entry: doubtfulEntry(head, fresh.stats), touched: true };
}

type EntryStats = Pick<BigIntStats, 'mtimeNs' | 'ctimeNs' | 'ino' | 'mode'>;

/** The index entry of a head that is on disk with these stats. */
export function entryOf(head: Head, stats: EntryStats): IndexEntry {
  if (head.kind === 'deleted') throw new Error('a deletion has no index entry');
  const { ref, origin, seq, kind, size, sha256 } = head;
  return {
    ref,
    origin,
    seq,
    kind,
    size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    ino: stats.ino,
    mode: Number(stats.mode) & MODE_MASK,
    ...(sha256 && { sha256 }),
  };
}

/** The same where the disk has changed since: no file matches this entry, so detection compares it. */
export function doubtfulEntry(head: Head, { mtimeNs, ino, mode }: Omit<EntryStats, 'ctimeNs'>): IndexEntry {
  return entryOf(head, { mtimeNs, ino, mode, ctimeNs: 0n });
}
