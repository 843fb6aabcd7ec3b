import { expect, test } from 'vitest';
import { lookAgain, type Row, withoutTwice } from '../../../src/agent/transfer/publish.ts';

const row = (seq: number, error: string | null): Row => ({
  origin: 'brazil',
  seq,
  folder: 'projects',
  path: Buffer.from('a'),
  source: 'germany',
  done: 5,
  total: 10,
  rate: 1,
  error,
  nextTry: null,
  since: 0,
});

test('a retried transfer is shown as in progress', () => {
  const rows = withoutTwice([row(1, null)], [row(1, 'refused'), row(2, 'refused')]);
  expect(rows.map(({ seq, error }) => [seq, error])).toEqual([
    [1, null],
    [2, 'refused'],
  ]);
});

test('the rate follows the link, and does not jump with its bursts', () => {
  let look = lookAgain(undefined, 0, 0);
  expect(look.rate).toBeUndefined();
  look = lookAgain(look, 1000, 1000);
  expect(look.rate).toBe(1000);
  look = lookAgain(look, 2000, 1000);
  expect(look.rate).toBe(700);
  look = lookAgain(look, 3000, 3000);
  expect(look.rate).toBeCloseTo(1090);
  for (let second = 4; second < 40; second++) look = lookAgain(look, second * 1000, look.bytes + 500);
  expect(look.rate).toBeCloseTo(500, 0);
  expect(lookAgain(look, 41_000, 0).rate).toBeGreaterThanOrEqual(0);
});
