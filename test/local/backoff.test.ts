import { expect, test } from 'vitest';
import { nextDelay } from '../../src/local/backoff.ts';

test('waits grow from 0.2 s to 10 s while a process keeps ending', () => {
  const waits = [nextDelay(0, 100)];
  for (let i = 0; i < 8; i++) waits.push(nextDelay(waits.at(-1)!, 100));
  expect(waits).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
});

test('after half a minute of good running a trouble is a new one', () => {
  expect(nextDelay(10_000, 30_000)).toBe(200);
  expect(nextDelay(10_000, 29_999)).toBe(10_000);
});
