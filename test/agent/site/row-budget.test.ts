import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRowBudget } from '../../../src/agent/site/row-budget.ts';
import { budgetOf } from '../../../src/topology/inline.ts';

const PLANNED = { maxBytes: 131_072, bytesPerSecond: 8e6, burstBytes: 16e6 };
const rate = fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined });

it('never allows more than the slowest line carries, whoever measured it, nor than the plan allows', () => {
  fc.assert(
    fc.property(rate, rate, fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 50 }), (own, others, sizes) => {
      const budget = createRowBudget(PLANNED);
      budget.noteOwn(own);
      budget.noteOthers(others);
      const slowest = Math.min(own ?? Number.POSITIVE_INFINITY, others ?? Number.POSITIVE_INFINITY);
      const allowed = slowest === Number.POSITIVE_INFINITY ? PLANNED : budgetOf(slowest);
      const taken = sizes.filter((size) => budget.take(size, 0));
      for (const size of taken) expect(size).toBeLessThanOrEqual(Math.min(PLANNED.maxBytes, allowed.maxBytes));
      const sum = taken.reduce((total, size) => total + size, 0);
      expect(sum).toBeLessThanOrEqual(Math.min(PLANNED.burstBytes, allowed.burstBytes));
    }),
  );
});

it('allows what the plan does once no line is slow any more', () => {
  const budget = createRowBudget(PLANNED);
  budget.noteOthers(8000);
  expect(budget.take(100_000, 0)).toBe(false);
  budget.noteOthers(undefined);
  expect(budget.take(100_000, 10_000)).toBe(true);
});
