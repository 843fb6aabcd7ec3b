import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesThatMatter, isTooMuch, lossOf } from '../../../src/agent/brake/loss.ts';
import { createWindow } from '../../../src/agent/brake/window.ts';
import { BRAKE_DEFAULTS } from '../../../src/api/brake.ts';

const ONE = Buffer.alloc(32, 1);
const TWO = Buffer.alloc(32, 2);
const limits = fc.record({
  files: fc.nat(1000),
  percent: fc.integer({ min: 0, max: 100 }),
  most: fc.integer({ min: 1, max: 2000 }),
});

describe('what takes something away from other sites', () => {
  it.each([
    ['nothing was there', undefined, { kind: 'file', sha256: ONE }, undefined],
    ['it was deleted before', { kind: 'deleted' }, { kind: 'file', sha256: ONE }, undefined],
    ['it is gone', { kind: 'file', sha256: ONE }, undefined, 'deleted'],
    ['other content', { kind: 'file', sha256: ONE }, { kind: 'file', sha256: TWO }, 'overwritten'],
    ['the same content', { kind: 'file', sha256: ONE }, { kind: 'file', sha256: ONE }, undefined],
    ['a symlink in place of a file', { kind: 'file', sha256: ONE }, { kind: 'symlink', sha256: ONE }, 'overwritten'],
    ['a file in place of a directory', { kind: 'dir' }, { kind: 'file', sha256: ONE }, 'overwritten'],
    ['a directory in place of a file', { kind: 'file', sha256: ONE }, { kind: 'dir' }, undefined],
    ['a directory still', { kind: 'dir' }, { kind: 'dir' }, undefined],
  ] as const)('%s', (_, before, state, loss) => {
    expect(lossOf(before, state)).toBe(loss);
  });
});

describe('too many losses', () => {
  it('small folders are not held, most of a larger folder is, and so is a very large number in any', () => {
    const { deletions } = BRAKE_DEFAULTS;
    expect(isTooMuch(deletions, 8, 10)).toBe(false);
    expect(isTooMuch(deletions, 50, 50)).toBe(false);
    expect(isTooMuch(deletions, 180, 300)).toBe(true);
    expect(isTooMuch(deletions, 180, 3000)).toBe(false);
    expect(isTooMuch(deletions, 10_001, 1_000_000)).toBe(true);
  });

  it('never at or below the lower limit, always above the upper limit', () => {
    fc.assert(
      fc.property(limits, fc.nat(5000), fc.nat(10_000), (limit, lost, others) => {
        const held = isTooMuch(limit, lost, lost + others);
        if (lost <= limit.files) expect(held).toBe(false);
        else if (lost > limit.most) expect(held).toBe(true);
      }),
    );
  });

  it('an additional loss never releases, and additional files never hold', () => {
    fc.assert(
      fc.property(limits, fc.nat(5000), fc.nat(10_000), (limit, lost, others) => {
        if (isTooMuch(limit, lost, lost + others)) expect(isTooMuch(limit, lost + 1, lost + others)).toBe(true);
        if (!isTooMuch(limit, lost, lost + others)) expect(isTooMuch(limit, lost, lost + others + 1)).toBe(false);
      }),
    );
  });

  it('does not require counting all files', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 5000 }), fc.nat(100_000), (limit, lost, others) => {
        const counted = Math.min(others, filesThatMatter(limit, lost));
        expect(isTooMuch(limit, lost, counted + lost)).toBe(isTooMuch(limit, lost, others + lost));
      }),
    );
  });
});

describe('the window', () => {
  const steps = fc.array(fc.record({ after: fc.nat(3000), id: fc.nat(20) }), { maxLength: 200 });

  it('counts each path with a loss within the window once', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const window = createWindow(10_000);
        const last = new Map<string, number>();
        let now = 0;
        for (const { after, id } of all) {
          now += after;
          window.add([`${id}`], now);
          last.set(`${id}`, now);
          expect(window.count(now)).toBe([...last.values()].filter((at) => now - at <= 10_000).length);
        }
      }),
    );
  });

  it('forgets in time, and stays small', () => {
    const window = createWindow(1000);
    window.add(['a'], -1000);
    expect(window.count(10)).toBe(0);
    window.add(
      Array.from({ length: 60_000 }, (_, i) => `${i}`),
      20,
    );
    expect(window.count(20)).toBe(50_000);
  });
});
