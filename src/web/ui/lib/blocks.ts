/** A long, partially loaded list, in blocks of {@link BLOCK} items. Immutable. */
export interface Blocks<T> {
  readonly known: ReadonlyMap<number, { items: readonly T[]; round: number }>;
  /** The number of items; null: the loaded ones are all. */
  readonly total: number | null;
  /** Blocks from earlier rounds are shown, and loaded again when they come into view. */
  readonly round: number;
}

export const BLOCK = 200;

export const noBlocks: Blocks<never> = { known: new Map(), total: null, round: 0 };

export function itemAt<T>({ known }: Blocks<T>, index: number): T | undefined {
  return known.get(Math.floor(index / BLOCK))?.items[index % BLOCK];
}

/** All loaded items in order. */
export function itemsOf<T>({ known }: Blocks<T>): T[] {
  return [...known].toSorted(([a], [b]) => a - b).flatMap(([, { items }]) => items);
}

/** Marks everything that is shown as possibly outdated. */
export const outdatedBlocks = <T>(blocks: Blocks<T>): Blocks<T> => ({ ...blocks, round: blocks.round + 1 });

/**
 * Inserts the items of an answer, which start at the beginning of a block, for the round in which they were requested.
 * Drops what lies beyond the end. If no total is given, an answer shorter than `asked` is the end.
 */
export function withItems<T>(
  blocks: Blocks<T>,
  from: number,
  items: T[],
  asked: number,
  total: number | null,
  round = blocks.round,
): Blocks<T> {
  const known = new Map(blocks.known);
  const end = total ?? (items.length < asked ? from + items.length : null);
  for (let at = 0; at < Math.max(items.length, 1); at += BLOCK)
    known.set((from + at) / BLOCK, { items: items.slice(at, at + BLOCK), round });
  if (end !== null) for (const block of known.keys()) if (block > 0 && block * BLOCK >= end) known.delete(block);
  return { ...blocks, known, total };
}

/**
 * The next part to request so that the items of a range are loaded in this round; undefined when they are.
 * @param most items per answer
 */
export function nextMissing<T>(
  { known, round, total }: Blocks<T>,
  from: number,
  to: number,
  most: number,
): { from: number; count: number } | undefined {
  const end = total === null ? to : Math.min(to, total);
  const isFresh = (block: number) => known.get(block)?.round === round;
  let first = Math.floor(Math.max(0, from) / BLOCK);
  const last = Math.max(first, Math.ceil(end / BLOCK) - 1);
  while (first <= last && isFresh(first)) first++;
  if (first > last || (total !== null && first > 0 && first * BLOCK >= total)) return undefined;
  let next = first;
  while (next <= last && !isFresh(next) && (next - first) * BLOCK < most) next++;
  return { from: first * BLOCK, count: (next - first) * BLOCK };
}
