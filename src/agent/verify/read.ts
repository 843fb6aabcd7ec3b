import { createHash } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BytePath } from '../../base/bytes.ts';
import { atPath } from '../fs/at.ts';
import type { Reads } from '../fs/disk.ts';
import type { FileFact } from '../fs/facts.ts';
import { factAt, factFrom } from '../fs/lstat.ts';
import { createStretches, eachOfZeros } from '../fs/stretches.ts';
import type { Tree } from '../fs/tree.ts';
import { dropCached } from './low-priority.ts';

/**
 * The current content of a file. `changing`: it was not stable. `unreadable`: the disk cannot return it; `failed`: another
 * error.
 */
export type Reading =
  | { is: 'read'; fact: FileFact; sha256: Uint8Array }
  | { is: 'unreadable'; fact: FileFact; reason: string }
  | { is: 'changing' }
  | { is: 'gone' }
  | { is: 'failed'; reason: string };

const CHUNK = 256 * 1024;
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Errors of a disk or filesystem for content that it has lost. */
const LOST = new Set(['EIO', 'EUCLEAN', 'EBADMSG', 'ENODATA']);

/**
 * Reads a file from the disk itself, not from the page cache, and hashes it. Never throws because of a single file.
 * @param flushed flushes unwritten data first; costs the disk a flush per file
 * @param used called with the number of bytes after each chunk; may block
 */
export function readFromDisk(tree: Tree, path: BytePath, flushed: boolean, used: (bytes: number) => void): Reading {
  let fd: number | undefined;
  let before: FileFact | undefined;
  try {
    const at = tree.entry(path);
    before = at && factAt(tree.disk, at, path);
    if (!at || before?.kind !== 'file') return { is: 'gone' };
    fd = openSync(atPath(at), FLAGS);
    if (flushed) fdatasyncSync(fd);
    dropCached(fd);
    const sha256 = hashAll(tree.disk, fd, used);
    dropCached(fd);
    const after = [factFrom(path, fstatSync(fd, { bigint: true })), factAt(tree.disk, at, path)];
    return after.every((fact) => isSame(before!, fact)) ? { is: 'read', fact: before, sha256 } : { is: 'changing' };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return { is: 'gone' };
    if (before && code !== undefined && LOST.has(code)) return { is: 'unreadable', fact: before, reason: message };
    return { is: 'failed', reason: message };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function hashAll(disk: Reads, fd: number, used: (bytes: number) => void): Uint8Array {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  const stretches = createStretches(disk, fd);
  for (let next = stretches.next(CHUNK); next; next = stretches.next(CHUNK)) {
    if (next.isHole) {
      eachOfZeros(next.bytes, (part) => hash.update(part));
      stretches.took(next.bytes);
      continue;
    }
    const n = readSync(fd, buffer, 0, next.bytes, null);
    if (n === 0) break;
    hash.update(buffer.subarray(0, n));
    stretches.took(n);
    used(n);
  }
  return hash.digest();
}

function isSame(a: FileFact, b: FileFact | undefined): boolean {
  return b !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
