import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, failuresAfterRun, MAX_PAUSE_MS } from '../../src/base/backoff.ts';

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

test('pauses double, are never shorter than half of that and never longer than a minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 5000 }),
      random,
      (attempts, base, chance) => {
        const pause = backoffMs(attempts, base, chance);
        const full = Math.min(MAX_PAUSE_MS, base * 2 ** (attempts - 1));
        expect(pause).toBeGreaterThanOrEqual(full / 2);
        expect(pause).toBeLessThanOrEqual(full);
      },
    ),
  );
  expect(backoffMs(5000, 500, 0.999)).toBeLessThanOrEqual(60_000);
});

test('after half a minute of healthy running, a failure starts a new series', () => {
  expect(failuresAfterRun(0, 100)).toBe(1);
  expect(failuresAfterRun(7, 29_999)).toBe(8);
  expect(failuresAfterRun(7, 30_000)).toBe(1);
});
