import type { BigIntStats } from 'node:fs';
import { type Problem, problem } from '../../problems/problem.ts';
import type { At } from '../fs/at.ts';
import type { Disk } from '../fs/disk.ts';
import { MODE_MASK, type OpenDirectories } from '../fs/open-directories.ts';
import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { whyNotPlaced } from './why-not-placed.ts';

/**
 * What became of one attempt to make a path equal to its head.
 * `placed`: `entry` is what the index says of the path from now on, nothing where it is gone; `touched`: somebody changed
 * it again at once, which is to be looked at; `replaced`: what was there, in staging.
 * `changed-here`: the disk is not what the index says: somebody edited it just now. Look first. What could not be put back
 * where it was is in staging as `aside`.
 * `not-empty`: a directory that should go still has entries. `blocked`: try again later, for the reason given.
 */
export type Outcome =
  | { state: 'placed'; entry?: IndexEntry; touched?: boolean; replaced?: At }
  | { state: 'changed-here'; aside?: At }
  | { state: 'not-empty' }
  | { state: 'blocked'; problem: Problem };

export interface Placement {
  head: Head;
  /** What the index says is there; undefined when nothing. */
  index: IndexEntry | undefined;
  /** The new content, ready in staging; undefined for deletions and when only metadata differ. */
  fresh?: Fresh;
  /** A free name in staging, for what a deletion takes away. */
  spare: At;
}

/** New content in staging. */
export interface Fresh {
  at: At;
  stats: BigIntStats;
}

/**
 * Makes one path equal to its head. Readers see the old state or the new one, never a mixture or (for files and
 * symlinks) a gap. What was there is never overwritten: it is swapped atomically into staging, compared with the
 * index, and returned as `replaced`; if it turns out to be something the index does not know, it is swapped back.
 */
export function place(disk: Disk, dirs: OpenDirectories, { head, index, fresh, spare }: Placement): Outcome {
  try {
    const at = dirs.entry(head.ref.path, head.kind !== 'deleted');
    if (!at) return { state: 'placed' };
    // Where nothing should be, the move itself finds out: it does not replace.
    const found = index || !fresh ? disk.look(at) : undefined;
    if (!isAsIndexed(found, index)) return { state: 'changed-here' };
    if (found?.isDirectory() && head.kind !== 'dir') dirs.forget(head.ref.path);
    if (head.kind === 'deleted') return found ? remove(disk, at, found, spare) : { state: 'placed' };
    if (fresh) return put(disk, at, found, fresh, head);
    return setMetadata(disk, at, head, index);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return { state: 'changed-here' };
    return { state: 'blocked', problem: whyNotPlaced(error, head) };
  }
}

/** Whether the disk is what the index says. Of a directory only that it is one: its times change with its entries. */
export function isAsIndexed(found: BigIntStats | undefined, index: IndexEntry | undefined): boolean {
  if (!found || !index) return !found && !index;
  if (found.isDirectory()) return index.kind === 'dir';
  return isContentOf(found, index) && found.ctimeNs === index.ctimeNs;
}

/** The same, whatever its change time: a rename changes that. */
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

/** The times and mode of what is there already. No program writes to it meanwhile: its change would look like ours. */
function setMetadata(disk: Disk, at: At, head: Head, index: IndexEntry | undefined): Outcome {
  if (head.kind === 'dir') {
    const mode = Number(disk.look(at)?.mode ?? 0n);
    disk.setMode(at, (mode & 0o7000) | head.mode);
    return indexed(head, disk.look(at));
  }
  const file = disk.hold(at);
  if (!file) return { state: 'blocked', problem: problem('openHere') };
  try {
    if (!isAsIndexed(file.stats(), index)) return { state: 'changed-here' };
    file.setMode(head.mode & MODE_MASK);
    file.setMtime(head.mtimeNs);
    return indexed(head, file.stats());
  } finally {
    file.release();
  }
}

function indexed(head: Head, stats: BigIntStats | undefined): Outcome {
  return stats ? { state: 'placed', entry: entryOf(head, stats) } : { state: 'changed-here' };
}

function put(disk: Disk, at: At, found: BigIntStats | undefined, fresh: Fresh, head: Head): Outcome {
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

/** Puts back what was caught. Whatever somebody made of the path in this moment comes out in its stead, and is kept. */
export function takeBack(disk: Disk, at: At, fresh: Fresh, state: 'changed-here' | 'not-empty'): Outcome {
  try {
    disk.exchange(fresh.at, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // The new content was removed at once.
    return moveBack(disk, fresh.at, at);
  }
  const back = disk.look(fresh.at);
  if (!back || isSame(back, fresh.stats)) return { state };
  return { state: 'changed-here', aside: fresh.at };
}

/** Moves what was caught back to its name, if that is still free. */
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

/** The same inode, not written since. Its ctime differs: the rename itself changed it. */
function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size && a.mode === b.mode;
}

/** What somebody did to it since it was put there is no part of the head. */
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

/** The same where the disk is something else by now: no entry looks like this, so detection compares it. */
export function doubtfulEntry(head: Head, { mtimeNs, ino, mode }: Omit<EntryStats, 'ctimeNs'>): IndexEntry {
  return entryOf(head, { mtimeNs, ino, mode, ctimeNs: 0n });
}
