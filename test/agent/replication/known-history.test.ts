import { describe, expect, it } from 'vitest';
import {
  foreignIn,
  holesIn,
  incarnationBounds,
  isOlder,
  type KnownHistory,
} from '../../../src/agent/replication/known-history.ts';
import { leap, readTold, tell } from '../../../src/agent/store/incarnation.ts';

const one = { id: 'one', firstSeq: 1 };
const two = { id: 'two', firstSeq: 1_000_000 };
const mine: KnownHistory = { incarnations: [one, two], number: 5000n, last: [50, 1_000_003] };
const limits = incarnationBounds(mine.incarnations);
const theirs = (change: Partial<KnownHistory> = {}): KnownHistory => ({ ...mine, ...change });

describe("a database that is behind a neighbour's knowledge of its site", () => {
  it.each([
    ['not when both know the same', theirs(), false],
    ['not when the neighbour has not heard the last of it', theirs({ number: 4990n, last: [50, 50] }), false],
    ['not when the neighbour has heard of its first incarnation only', theirs({ incarnations: [one] }), false],
    ['when a transaction is known there that it has not made', theirs({ number: 5001n }), true],
    ['when a version is known there that it has not', theirs({ last: [50, 1_000_004] }), true],
    ['when one is known from before its present incarnation', theirs({ last: [51, 1_000_003] }), true],
    ['when another incarnation is known there', theirs({ incarnations: [{ id: 'other', firstSeq: 3 }] }), true],
  ])('%s', (_, neighbour, older) => {
    expect(isOlder(mine, neighbour, limits)).toBe(older);
  });

  it('lacks exactly the versions in the holes', () => {
    expect(limits).toEqual([1_000_000, Number.MAX_SAFE_INTEGER]);
    expect(holesIn(mine, theirs({ last: [100, 1_000_009] }), limits)).toEqual([
      { after: 50, before: 1_000_000 },
      { after: 1_000_003, before: Number.MAX_SAFE_INTEGER },
    ]);
  });

  it('is not foreign because it was reported long ago', () => {
    expect(foreignIn(mine, theirs({ incarnations: [one] }))).toEqual([]);
  });
});

describe('incarnations', () => {
  it('are read as they were written', () => {
    expect(readTold(tell([one, two]))).toEqual([one, two]);
  });

  it('from another site count only when they are well-formed', () => {
    expect(readTold(['', 'a', 'a@', '@1', 'a@-1', 'a@1e9', "a'@1", `${'x'.repeat(33)}@1`, 7, null, 'ok@3'])).toEqual([
      { id: 'ok', firstSeq: 3 },
    ]);
  });

  it('leap farther than a site gets between two backups, and a million leaps fit into a number', () => {
    for (let i = 0; i < 1000; i++) {
      const { seq, transactions } = leap();
      expect(seq).toBeGreaterThanOrEqual(2 ** 24);
      expect(seq).toBeLessThan(1e15 / 1e6);
      expect(transactions).toBeGreaterThanOrEqual(2n ** 32n);
    }
  });
});
