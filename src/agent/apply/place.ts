import { type BigIntStats, chmodSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { fsPath } from '../../base/bytes.ts';
import type { Head } from '../journal/head-table.ts';
import type { IndexEntry } from '../journal/index-table.ts';
import { type At, exchange, moveNew, setMtime } from './native.ts';
import { atPath, lstatAt, MODE_MASK, NotADirectory, type OpenDirectories } from './tree.ts';

/**
 * What became of one attempt to make a path equal to its head.
 * `changed-here`: the disk is not what the index says: somebody edited it just now. Nothing was touched; look first.
 * `not-empty`: a directory that should go still has entries. `blocked`: try again later, for the reason in words.
 */
export type Outcome =
  | { state: 'placed'; entry?: IndexEntry; replaced?: At }
  | { state: 'changed-here' }
  | { state: 'not-empty' }
  | { state: 'blocked'; reason: string };

export interface Placement {
  head: Head;
  /** What the index says is there; undefined when nothing. */
  index: IndexEntry | undefined;
  /** Verified content in the staging directory; undefined for directories, symlinks, deletions and when only metadata differ. */
  staged?: At;
}

/**
 * Makes one path equal to its head. Readers see the old state or the new one, never a mixture or (for files and
 * symlinks) a gap. What was there is never overwritten: it is swapped atomically into staging, compared with the
 * index, and returned as `replaced` for the archive; if it turns out to be something the index does not know, it is
 * swapped back.
 */
export function place(dirs: OpenDirectories, spare: () => At, { head, index, staged }: Placement): Outcome {
  try {
    const at = dirs.entry(head.ref.path, head.kind !== 'deleted');
    if (!at) return { state: 'placed' };
    // Where nothing should be, the move itself finds out: it does not replace.
    const found = index || head.kind === 'dir' || head.kind === 'deleted' ? lstatAt(at) : undefined;
    if (!isAsIndexed(found, index)) return { state: 'changed-here' };
    if (found?.isDirectory() && head.kind !== 'dir') dirs.forget(head.ref.path);
    if (head.kind === 'deleted') return found ? remove(at, found, spare) : { state: 'placed' };
    if (head.kind === 'dir' && found?.isDirectory()) {
      chmodSync(atPath(at), (Number(found.mode) & 0o7000) | head.mode);
      return placed(at, head);
    }
    if (head.kind === 'file' && !staged) {
      chmodSync(atPath(at), head.mode);
      setMtime(at, head.mtimeNs);
      return placed(at, head);
    }
    return put(at, found, staged ?? make(head, spare()), head);
  } catch (error) {
    if (error instanceof NotADirectory) return { state: 'blocked', reason: error.message };
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return { state: 'changed-here' };
    return { state: 'blocked', reason: message };
  }
}

/** Whether the disk is what the index says. Of a directory only that it is one: its times change with its entries. */
export function isAsIndexed(found: BigIntStats | undefined, index: IndexEntry | undefined): boolean {
  if (!found || !index) return !found && !index;
  if (found.isDirectory()) return index.kind === 'dir';
  const kind = found.isFile() ? 'file' : found.isSymbolicLink() ? 'symlink' : undefined;
  return (
    kind === index.kind &&
    found.ino === index.ino &&
    found.mtimeNs === index.mtimeNs &&
    found.ctimeNs === index.ctimeNs &&
    (kind === 'symlink' || found.size === BigInt(index.size))
  );
}

/** A new directory or symlink in staging. */
function make(head: Head, at: At): At {
  if (head.kind === 'dir') mkdirSync(atPath(at));
  else symlinkSync(fsPath(head.target ?? ''), atPath(at));
  return at;
}

function put(at: At, found: BigIntStats | undefined, staged: At, head: Head): Outcome {
  if (head.kind !== 'symlink' && staged.mode !== head.mode) chmodSync(atPath(staged), head.mode & MODE_MASK);
  if (head.kind !== 'dir') setMtime(staged, head.mtimeNs);
  if (!found) {
    moveNew(staged, at);
    return placed(at, head);
  }
  exchange(staged, at);
  const caught = lstatAt(staged);
  if (!caught || !isSame(caught, found)) {
    exchange(staged, at);
    return { state: 'changed-here' };
  }
  if (!caught.isDirectory()) return { ...placed(at, head), replaced: staged };
  if (removeEmpty(staged)) return placed(at, head);
  exchange(staged, at);
  return { state: 'not-empty' };
}

function remove(at: At, found: BigIntStats, spare: () => At): Outcome {
  if (found.isDirectory()) return removeEmpty(at) ? { state: 'placed' } : { state: 'not-empty' };
  const caught = spare();
  moveNew(at, caught);
  const stats = lstatAt(caught);
  if (stats && isSame(stats, found)) return { state: 'placed', replaced: caught };
  moveNew(caught, at);
  return { state: 'changed-here' };
}

/** The same inode, not written since. Its ctime differs: the rename itself changed it. */
function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size && a.mode === b.mode;
}

function removeEmpty(at: At): boolean {
  try {
    rmdirSync(atPath(at));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

function placed(at: At, head: Head): Extract<Outcome, { state: 'placed' }> {
  const stats = lstatAt(at);
  if (!stats) throw Object.assign(new Error('it vanished at once'), { code: 'ENOENT' });
  return { state: 'placed', entry: entryOf(head, stats) };
}

/** The index entry of a head that is on disk with these stats. */
export function entryOf(head: Head, stats: BigIntStats): IndexEntry {
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

/** Removes an entry of the staging directory that nobody needs. */
export function discard(at: At): void {
  if (lstatAt(at)) unlinkSync(atPath(at));
}
