import { expect, test } from 'vitest';
import { advance, expectedSeconds, type Progress, restSeconds } from '../../../src/agent/queries/forecast.ts';

/** A steady line: this many bytes and files are missing each second; `rate` is what transfers report. */
function follow(lacks: { files: number; bytes: number; rate: number }[]): (number | null)[] {
  let progress: Progress | undefined;
  return lacks.map((now, i) => {
    progress = advance(progress, { at: i * 1000, ...now });
    return expectedSeconds(progress);
  });
}

test('small files have a rate, though no transfer of them is reported', () => {
  const lacks = Array.from({ length: 60 }, (_, i) => ({ files: 1000 - 10 * i, bytes: 100_000 - 1000 * i, rate: 0 }));
  const told = follow(lacks);
  expect(told[0]).toBeNull();
  expect(told.at(-1)).toBe(41);
});

test('the time left does not jump on a steady line that is counted in steps', () => {
  // 100 kB/s, counted every 5 s, and the reported rate swings.
  const lacks = Array.from({ length: 120 }, (_, i) => ({
    files: 3,
    bytes: 100_000_000 - 500_000 * Math.floor(i / 5),
    rate: i % 2 === 0 ? 20_000 : 180_000,
  }));
  const told = follow(lacks).slice(60).map(Number);
  expect(Math.max(...told) / Math.min(...told)).toBeLessThan(1.5);
});

test('nothing is said about what cannot be told', () => {
  expect(follow([{ files: 1, bytes: 1e12, rate: 1 }])).toEqual([null]);
  expect(follow([{ files: 0, bytes: 0, rate: 0 }])).toEqual([0]);
  expect(restSeconds(1e12, 1)).toBeNull();
  expect(restSeconds(1, 0)).toBeNull();
  expect(restSeconds(1500, 1000)).toBe(2);
});
