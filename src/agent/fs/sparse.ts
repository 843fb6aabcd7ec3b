import type { BigIntStats } from 'node:fs';

/** The unit of `st_blocks`, bytes. */
const BLOCK = 512;
/** The most that {@link sparsityOf} says: it has to fit into four bits of a row. */
const MOST = 15;
/** Holes below this share of a file are not worth the smaller writes that keep them. */
const WORTHWHILE = 1 / 64;
/** Below this size (bytes) no file is looked at for holes. */
export const SPARSE_MIN = 65_536;

/** How large a file is, and how sparse: see {@link sparsityOf}. Absent means that nothing is known of holes. */
export interface Sparse {
  size: number;
  sparsity?: number;
}

/**
 * How sparse a file with this much data (bytes) is: 0 without holes that are worth keeping, 1 with some, n > 1 when at most
 * size / 2^(n-1) bytes are data. Pure.
 */
export function sparsityOf(size: number, data: number): number {
  if (size < SPARSE_MIN || size - data < size * WORTHWHILE) return 0;
  let sparsity = 1;
  while (sparsity < MOST && data * 2 ** sparsity <= size) sparsity++;
  return sparsity;
}

/** The most bytes of data that such a file has: what it takes of a disk, and of a line. Pure. */
export function mostData({ size, sparsity = 0 }: Sparse): number {
  return sparsity <= 1 ? size : Math.ceil(size / 2 ** (sparsity - 1));
}

export const isSparse = ({ sparsity = 0 }: Pick<Sparse, 'sparsity'>): boolean => sparsity > 0;

/**
 * Whether the checksums of a delta, which cover holes too, are more than its data: 128 KiB of a large file need about ten
 * bytes. Pure.
 */
export const isMostlyHoles = (file: Sparse): boolean => mostData(file) <= file.size / 1024;

/** Bytes that a file takes of its disk, holes not counted. Pure. */
export const takenBy = ({ size, blocks }: Pick<BigIntStats, 'size' | 'blocks'>): number =>
  Math.min(Number(size), Number(blocks) * BLOCK);
