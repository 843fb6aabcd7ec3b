import { type BytePath, baseName } from '../../base/bytes.ts';

/** Below this size (bytes) a delta saves nothing over the file. */
export const DELTA_MIN = 16_384;
/** From this size (bytes) another file of the same directory is tried, if it is as large: a wrong guess costs its checksums. */
export const SIMILAR_MIN = 262_144;
/** A similar file is at most this many times larger or smaller. */
export const SIMILAR_FACTOR = 2;

/** A known file that may have much in common with a wanted one. */
export interface Relative {
  path: BytePath;
  size: number;
}

/**
 * The most similar of these files of one directory: of the same extension, with the longest beginning and end of the name
 * in common, then of the nearest size. Pure.
 */
export function mostSimilar<T extends Relative>(wanted: Relative, relatives: T[]): T | undefined {
  const extension = extensionOf(wanted.path);
  return relatives
    .filter(({ path, size }) => extensionOf(path) === extension && isOfSimilarSize(size, wanted.size))
    .map((relative) => ({ relative, rank: rankOf(wanted, relative) }))
    .toSorted((a, b) => b.rank[0] - a.rank[0] || a.rank[1] - b.rank[1])[0]?.relative;
}

const isOfSimilarSize = (a: number, b: number) =>
  Math.min(a, b) >= SIMILAR_MIN && Math.max(a, b) <= SIMILAR_FACTOR * Math.min(a, b);

function rankOf(wanted: Relative, { path, size }: Relative): [common: number, distance: number] {
  return [inCommon(baseName(wanted.path), baseName(path)), Math.abs(wanted.size - size)];
}

/** Bytes that two names have in common at their beginnings and ends. */
function inCommon(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let begin = 0;
  while (begin < most && a[begin] === b[begin]) begin++;
  let end = 0;
  while (end < most - begin && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return begin + end;
}

/** In lower case; '' for a name without one. */
export function extensionOf(path: BytePath): string {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}
