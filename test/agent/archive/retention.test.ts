import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noLaterThan } from '../../../src/agent/archive/ageing.ts';
import { expiredOfPath, type Kept } from '../../../src/agent/archive/retention.ts';

const NOW = 1_000_000_000_000;
const kept = (archivedAt: number, seq: number): Kept => ({
  pathKey: Buffer.alloc(16),
  origin: 'brazil',
  seq,
  sha256: Buffer.alloc(32),
  size: 1,
  archivedAt,
});

describe('previous versions of one path', () => {
  it('are kept exactly as long as they are among the newest and young enough', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.nat(30), fc.nat(1000), (ages, keep, maxAgeSeconds) => {
        const all = ages.toSorted((a, b) => a - b).map((age, i) => kept(NOW - age * 1000, i));
        const gone = new Set(expiredOfPath(all, { keep, maxAgeSeconds }, NOW));
        const left = all.filter((one) => !gone.has(one));
        const young = all.filter(({ archivedAt }) => NOW - archivedAt <= maxAgeSeconds * 1000);
        expect(left).toEqual(young.slice(0, keep));
      }),
    );
  });
});

describe('the time by which they age', () => {
  it('is the clock of the site, unless it is ahead of all neighbours', () => {
    expect(noLaterThan(NOW, [NOW - 20_000, NOW - 86_400_000])).toBe(NOW - 20_000);
    expect(noLaterThan(NOW, [NOW + 86_400_000])).toBe(NOW);
  });

  it('is long ago while no neighbour was ever heard', () => {
    expect(noLaterThan(NOW, [])).toBe(0);
  });
});
