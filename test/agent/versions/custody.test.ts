import fc from 'fast-check';
import { expect, it } from 'vitest';
import { custodyOf, formatRanges, holds, parseCustody } from '../../../src/agent/versions/custody.ts';

const wanted = fc
  .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 300 })
  .map((seqs) => seqs.sort((a, b) => a - b));

it('never claims a version that is wanted, and survives the row', () => {
  fc.assert(
    fc.property(wanted, (seqs) => {
      const custody = custodyOf(400, seqs);
      const read = parseCustody(custody.held, custody.known, formatRanges(custody.missing));
      expect(read).toEqual(custody);
      for (const seq of seqs) expect(holds(read, seq)).toBe(false);
      expect(holds(read, 401)).toBe(false);
    }),
  );
});

it('is exact while there are few holes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }), (seqs) => {
      const custody = custodyOf(
        60,
        seqs.sort((a, b) => a - b),
      );
      for (let seq = 1; seq <= 60; seq++) expect(holds(custody, seq)).toBe(!seqs.includes(seq));
    }),
  );
});

it('counts everything above the watermark as missing when the row is malformed', () => {
  expect(holds(parseCustody(3, 9, '5-x'), 9)).toBe(false);
  expect(holds(parseCustody(3, 9, '5-x'), 3)).toBe(true);
});
