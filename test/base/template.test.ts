import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fill, unfill } from '../../src/base/template.ts';

test('what was put into a template is found in its text', () => {
  const word = fc.stringMatching(/^[a-z]{1,5}$/);
  fc.assert(
    fc.property(word, word, (peer, at) => {
      const template = 'link to {peer}: nothing listens at {at}: start {peer}, or correct its address';
      expect(unfill(template, fill(template, { peer, at }))).toEqual({ peer, at });
    }),
  );
});

test('a text that is not of the template is not taken for one', () => {
  expect(unfill('{a} is gone', 'it is here')).toBeUndefined();
  expect(unfill('{a} is gone', ' is gone')).toBeUndefined();
  expect(unfill('{a} is gone', 'it is gone for good')).toBeUndefined();
  expect(unfill('start {a}, not {a}', 'start one, not two')).toBeUndefined();
  expect(unfill('no hole', 'no hole')).toEqual({});
  expect(unfill('no hole', 'no hole at all')).toBeUndefined();
  expect(unfill('{all}', 'anything')).toEqual({ all: 'anything' });
});

test('a hole for which there is no value is seen', () => {
  expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
});

test('a long text that nearly fits costs no more than its length', () => {
  const from = performance.now();
  const text = `${'a: '.repeat(100_000)}!`;
  expect(unfill('{a}: {b}: {c}: {d}: {e}: end', text)).toBeUndefined();
  expect(performance.now() - from).toBeLessThan(500);
});
