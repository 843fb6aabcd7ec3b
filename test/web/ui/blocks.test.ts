import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BLOCK,
  type Blocks,
  itemAt,
  itemsOf,
  nextMissing,
  noBlocks,
  outdatedBlocks,
  withItems,
} from '../../../src/web/ui/lib/blocks.ts';

const MOST = 1000;

/** Loads ranges of a list of `total` numbers until the range is complete; returns the number of requests. */
function load(
  blocks: Blocks<number>,
  total: number,
  from: number,
  to: number,
): { blocks: Blocks<number>; asked: number } {
  let asked = 0;
  for (let part = nextMissing(blocks, from, to, MOST); part; part = nextMissing(blocks, from, to, MOST)) {
    if (++asked > 100) throw new Error('it never ends');
    const items = Array.from({ length: total }, (_, i) => i).slice(part.from, part.from + part.count);
    blocks = withItems(blocks, part.from, items, part.count, total);
  }
  return { blocks, asked };
}

describe('a partially loaded list', () => {
  it('loads any range, and requests nothing twice', () => {
    const ranges = fc.array(fc.tuple(fc.nat(3000), fc.nat(1500)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.nat(2500), ranges, (total, all) => {
        let blocks: Blocks<number> = noBlocks;
        for (const [from, length] of all) {
          blocks = load(blocks, total, from, from + length).blocks;
          for (let i = from; i < Math.min(from + length, total); i++) expect(itemAt(blocks, i)).toBe(i);
          expect(load(blocks, total, from, from + length).asked).toBe(0);
        }
        const items = itemsOf(blocks);
        expect(items).toEqual([...new Set(items)].sort((a, b) => a - b));
      }),
    );
  });

  it('shows what it had while reloading, and drops what is beyond a new end', () => {
    let { blocks } = load(noBlocks, 1000, 0, 1000);
    blocks = outdatedBlocks(blocks);
    expect(itemAt(blocks, 999)).toBe(999);
    expect(nextMissing(blocks, 350, 360, MOST)).toEqual({ from: BLOCK, count: BLOCK });
    blocks = load(blocks, 300, 0, 50).blocks;
    expect(itemAt(blocks, 999)).toBeUndefined();
    expect(itemAt(load(blocks, 300, 0, 300).blocks, 299)).toBe(299);
  });

  it('reloads what was requested before it was invalidated', () => {
    const { blocks } = load(noBlocks, 100, 0, 100);
    const late = withItems(outdatedBlocks(blocks), 0, [7], BLOCK, 1, blocks.round);
    expect(itemAt(late, 0)).toBe(7);
    expect(nextMissing(late, 0, 1, MOST)).toBeDefined();
  });

  it('is known to be empty after one answer', () => {
    expect(load(noBlocks, 0, 0, 50).asked).toBe(1);
    expect(nextMissing(load(noBlocks, 0, 0, 50).blocks, 0, 50, MOST)).toBeUndefined();
  });
});
