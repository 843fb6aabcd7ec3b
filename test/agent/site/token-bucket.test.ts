import { expect, test } from 'vitest';
import { createTokenBucket } from '../../../src/agent/site/token-bucket.ts';

test('a budget starts full, refills over time, and never exceeds its burst', () => {
  const budget = createTokenBucket(100, 50);
  expect(budget.take(50, 0)).toBe(true);
  expect(budget.take(1, 0)).toBe(false);
  expect(budget.take(10, 100)).toBe(true);
  expect(budget.take(51, 100_000)).toBe(false);
  expect(budget.take(50, 100_000)).toBe(true);
});

test('another size applies from now on, to what is left as well', () => {
  const budget = createTokenBucket(100, 50);
  budget.resize(10, 20);
  expect(budget.take(21, 1)).toBe(false);
  expect(budget.take(20, 1)).toBe(true);
  expect(budget.take(5, 401)).toBe(false);
  expect(budget.take(5, 501)).toBe(true);
  budget.resize(1000, 500);
  expect(budget.take(500, 1001)).toBe(true);
});

test('a clock that stands still or goes back adds nothing', () => {
  const budget = createTokenBucket(100, 50);
  expect(budget.take(50, 1000)).toBe(true);
  expect(budget.take(1, 0)).toBe(false);
});
