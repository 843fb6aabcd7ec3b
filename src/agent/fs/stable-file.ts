import { createHash } from 'node:crypto';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import type { Reads, Root } from './disk.ts';
import type { FileFact, StableContent } from './facts.ts';
import { readInto } from './hash.ts';
import { factAt, factFrom } from './lstat.ts';
import { SPARSE_MIN, sparsityOf } from './sparse.ts';
import { countData, createStretches } from './stretches.ts';
import { openTree, type Tree } from './tree.ts';

const CHUNK = 1024 * 1024;

/**
 * The kernel sets a file's times when a write starts, and then copies the bytes: a file that changed this recently (ms) may
 * still receive bytes without further notice.
 */
const MIN_AGE_MS = 50;

/** The file changed while it was read: check again later. */
export const CHANGING = 'changing';

/**
 * The stable-file rule: stat, hash, stat again; only content that did not change in between has a hash. `CHANGING` if it
 * did, undefined when there is no regular file. Throws when it may not be read. Follows no symlinks anywhere in the path.
 */
export function settleSmall(
  tree: Tree,
  path: BytePath,
  inlineMax: number,
): StableContent | typeof CHANGING | undefined {
  const { disk } = tree;
  const at = tree.entry(path);
  const before = at && factAt(disk, at, path);
  if (!at || before?.kind !== 'file') return undefined;
  if (isYoung(disk, before, MIN_AGE_MS)) return CHANGING;
  const fd = openFile(disk, at);
  if (fd === undefined) return CHANGING;
  try {
    if (!stoodStill(before, factFrom(path, disk.stats(fd)))) return CHANGING;
    const bytes = Buffer.allocUnsafe(before.size + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n)
      n = disk.read(fd, bytes, length, bytes.length - length);
    const after = factFrom(path, disk.stats(fd));
    if (length !== before.size || !stoodStill(before, after, factAt(disk, at, path))) return CHANGING;
    const content = bytes.subarray(0, length);
    const sha256 = createHash('sha256').update(content).digest();
    const sparsity = sparsityIn(disk, fd, length);
    return {
      fact: before,
      sha256,
      ...(sparsity > 0 && { sparsity }),
      ...(length <= inlineMax && { content: Uint8Array.from(content) }),
    };
  } finally {
    disk.close(fd);
  }
}

/** {@link settleSmall} for one file. */
export function settleWhole(
  root: Root,
  path: BytePath,
  inlineMax: number,
): StableContent | typeof CHANGING | undefined {
  const tree = openTree(root);
  try {
    return settleSmall(tree, path, inlineMax);
  } finally {
    tree.close();
  }
}

/**
 * The same for a large file, with bounded memory and without blocking.
 * @param minAgeMs 0 for a file that only we can have written
 */
export async function settleLarge(
  root: Root,
  path: BytePath,
  minAgeMs = MIN_AGE_MS,
): Promise<StableContent | typeof CHANGING | undefined> {
  const tree = openTree(root);
  try {
    const { disk } = tree;
    const at = tree.entry(path);
    const before = at && factAt(disk, at, path);
    if (!at || before?.kind !== 'file') return undefined;
    if (isYoung(disk, before, minAgeMs)) return CHANGING;
    const fd = openFile(disk, at);
    if (fd === undefined) return CHANGING;
    return await hashLarge(disk, fd, before, () => factAt(disk, at, path));
  } finally {
    tree.close();
  }
}

/** Closes `fd`. */
async function hashLarge(
  disk: Reads,
  fd: number,
  before: FileFact,
  look: () => FileFact | undefined,
): Promise<StableContent | typeof CHANGING> {
  try {
    const fstat = () => factFrom(before.path, disk.stats(fd));
    if (!stoodStill(before, fstat())) return CHANGING;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    let length = 0;
    const use = (part: Buffer) => {
      hash.update(part);
      length += part.length;
    };
    const stretches = createStretches(disk, fd);
    while (await readInto(disk, fd, stretches, buffer, use)) if (length > before.size) return CHANGING;
    const sparsity = sparsityIn(disk, fd, length);
    if (length !== before.size || !stoodStill(before, fstat(), look())) return CHANGING;
    return { fact: before, sha256: hash.digest(), ...(sparsity > 0 && { sparsity }) };
  } finally {
    disk.close(fd);
  }
}

const sparsityIn = (disk: Reads, fd: number, size: number) =>
  size < SPARSE_MIN ? 0 : sparsityOf(size, countData(disk, fd));

/** Undefined when something else replaced the file. */
function openFile(disk: Reads, at: At): number | undefined {
  try {
    return disk.openFile(at);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}

/** Times in the future do not count as young, or setting the clock back would make files young forever. */
function isYoung(disk: Reads, { ctimeNs }: FileFact, minAgeMs: number): boolean {
  return Math.abs(disk.now() - Number(ctimeNs / 1_000_000n)) < minAgeMs;
}

function stoodStill(before: FileFact, ...later: (FileFact | undefined)[]): boolean {
  return later.every(
    (fact) =>
      fact !== undefined &&
      fact.ino === before.ino &&
      fact.size === before.size &&
      fact.mtimeNs === before.mtimeNs &&
      fact.ctimeNs === before.ctimeNs,
  );
}
