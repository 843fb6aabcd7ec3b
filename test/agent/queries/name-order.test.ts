import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepSorted } from '../../../src/agent/queries/name-order.ts';
import { bytePath } from '../../../src/base/bytes.ts';

const sortedNames = (names: string[], locale = 'de') => {
  const kept = keepSorted(
    names.map((name) => ({ name: bytePath(name), kind: 'file' as const })),
    new Intl.Collator(locale, { numeric: true }),
  );
  return kept.order().sorted.map(({ text }) => text);
};

test('names are sorted as people sort them, in their language', () => {
  expect(sortedNames(['Report 10', 'Zebra', 'Ärger', 'Report 2', 'Apfel', 'banane'])).toEqual([
    'Apfel',
    'Ärger',
    'banane',
    'Report 2',
    'Report 10',
    'Zebra',
  ]);
  expect(sortedNames(['Zebra', 'Ärger', 'Apfel'], 'sv')).toEqual(['Apfel', 'Zebra', 'Ärger']);
});

test('the order is that of the collator, however the names arrive', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'B', 'ä', 'é', '1', '20', ' ', '_', '中'),
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(fc.array(name, { maxLength: 20 }), { minLength: 1, maxLength: 5 }), (batches) => {
      const collator = new Intl.Collator('de', { numeric: true });
      const kept = keepSorted([], collator);
      for (const batch of batches) {
        for (const one of batch) kept.change(bytePath(`dir/${one}`), 'file');
        kept.order();
      }
      const all = [...new Set(batches.flat())];
      const wanted = all.toSorted((a, b) => collator.compare(a, b) || (bytePath(a) < bytePath(b) ? -1 : 1));
      expect(kept.order().sorted.map(({ text }) => text)).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});
