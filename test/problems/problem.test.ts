import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../src/problems/catalogue.ts';
import { describe, type Problem, ProblemError, problem, problemOf, sentenceOf } from '../../src/problems/problem.ts';
import { bounded, readReported, reported } from '../../src/problems/reported.ts';
import { readProblem, writeProblem } from '../../src/problems/stored.ts';

const holes = (code: ProblemCode) => {
  const { reason, remedy } = PROBLEMS[code];
  return [...new Set([...`${reason}${remedy}`.matchAll(/\{(\w+)/g)].map(([, name]) => name!))];
};
/** Any problem of the catalogue, about anything. */
const anyProblem = fc.constantFrom(...(Object.keys(PROBLEMS) as ProblemCode[])).chain((code) => {
  const names = holes(code).filter((name) => name !== 'site');
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.nat());
  const params = fc.record(Object.fromEntries(names.map((name) => [name, text])));
  return params.map((given) => ({ code, params: given }) as Problem);
});

test('every problem has a sentence in which nothing is missing', () => {
  fc.assert(
    fc.property(anyProblem, ({ code, params }) => {
      const plain = Object.fromEntries(Object.keys(params).map((name) => [name, 7]));
      expect(sentenceOf({ code, params: plain }, 'brazil')).not.toMatch(/[{}]|undefined/);
    }),
    { verbose: true },
  );
});

test('sentences begin in lower case and have no full stop: they are put together and capitalised where they are shown', () => {
  for (const [code, { reason, remedy }] of Object.entries(PROBLEMS)) {
    expect(reason, code).toMatch(/^[^A-Z]/);
    expect(remedy, code).toMatch(/^($|[^A-Z])/);
    expect(`${reason}|${remedy}`, code).not.toMatch(/\.($|\|)/);
  }
});

test('a code of a newer release is shown as it is', () => {
  expect(describe({ code: 'diskOnFire', params: { disk: 'sda', degrees: 900 } }, 'brazil')).toEqual({
    reason: 'diskOnFire (disk: sda, degrees: 900)',
    remedy: '',
  });
  expect(sentenceOf({ code: 'constructor', params: {} }, 'brazil')).toBe('constructor');
});

test('what another site reports is taken as far as it can be read, within bounds', () => {
  const known = problem('linkDown', { peer: 'germany', why: 'x' });
  expect(readReported(known)).toEqual(known);
  expect(readReported({ code: 'linkDown', params: { why: 'x'.repeat(301) } })).toEqual({
    code: 'linkDown',
    params: {},
  });
  expect(readReported({ code: 'linkDown', params: { why: ['x'] } })).toEqual({ code: 'linkDown', params: {} });
  expect(readReported({ code: 'linkDown' })).toEqual({ code: 'linkDown', params: {} });
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`p${i}`, i]));
  expect(readReported({ code: 'linkDown', params: many })).toEqual({ code: 'linkDown', params: {} });
  expect(reported(2).parse([known, 'no problem', known])).toHaveLength(2);
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(typeof sentenceOf(readReported(value), 'brazil')).toBe('string');
    }),
  );
});

test('what is told to others can be read by them', () => {
  fc.assert(
    fc.property(anyProblem, (one) => {
      const told = bounded(one);
      expect(readReported(JSON.parse(JSON.stringify(told)))).toEqual(told);
    }),
  );
});

test('a column for an error holds the code, and a sentence for readers of the previous release, in 1024 bytes', () => {
  fc.assert(
    fc.property(anyProblem, (one) => {
      const written = writeProblem(one);
      expect(Buffer.byteLength(written)).toBeLessThanOrEqual(1024);
      expect(readProblem(written).code).toBe(one.code);
      expect(written.split('\n')).toHaveLength(2);
    }),
  );
  const short = problem('transferFailed', { peer: 'germany', why: 'timeout' });
  expect(readProblem(writeProblem(short))).toEqual(short);
  expect(writeProblem(short)).toMatch(/^the transfer from germany failed: timeout/);
  expect(readProblem('half of\n{"code":"tran')).toEqual(problem('other', { text: 'half of' }));
});

test('an error has its problem, or one that its message makes', () => {
  const known = problem('openHere');
  expect(problemOf(new ProblemError(known))).toEqual(known);
  expect(problemOf(new Error('EIO'), (why) => problem('scanFailed', { folder: 'a', why }))).toEqual(
    problem('scanFailed', { folder: 'a', why: 'EIO' }),
  );
  expect(problemOf('thrown text')).toEqual(problem('other', { text: 'thrown text' }));
});
