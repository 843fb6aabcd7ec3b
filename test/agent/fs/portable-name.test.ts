import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unportable } from '../../../src/agent/fs/portable-name.ts';
import { type BytePath, bytePath, textOf } from '../../../src/base/bytes.ts';

const of = (...names: string[]) =>
  unportable(names.map(bytePath)).map(({ name, why, suggested }) => [textOf(name), why, textOf(suggested)]);

it('names that Windows, a Mac or an encrypted disk cannot use are found, with one that they can', () => {
  expect(of('plain.txt', '.profile', 'com10', 'console', 'ä', 'a b', 'x'.repeat(143))).toEqual([]);
  expect(of('a:b.txt', 'what?', 'end.', 'end ', 'CON', 'nul.txt', 'lpt1 .x')).toEqual([
    ['a:b.txt', 'character', 'a_b.txt'],
    ['what?', 'character', 'what_'],
    ['end.', 'end', 'end'],
    ['end ', 'end', 'end (2)'],
    ['CON', 'device', 'CON_'],
    ['nul.txt', 'device', 'nul_.txt'],
    ['lpt1 .x', 'device', 'lpt1_ .x'],
  ]);
  expect(of('ü'.repeat(100) + '.dwg')[0]).toEqual(['ü'.repeat(100) + '.dwg', 'length', 'ü'.repeat(69) + '.dwg']);
  expect(unportable(['\xff.txt'])).toMatchObject([{ name: '\xff.txt', why: 'encoding' }]);
});

it('of names that differ by case or by the form of accents only, all but the first are twins', () => {
  expect(of('Plan.dwg', 'plan.dwg', 'PLAN.DWG')).toEqual([
    ['plan.dwg', 'twin', 'plan (2).dwg'],
    ['PLAN.DWG', 'twin', 'PLAN (3).dwg'.replace('dwg', 'DWG')],
  ]);
  expect(of('\u00fc', 'u\u0308')).toEqual([['u\u0308', 'twin', '\u00fc (2)']]);
});

it('all is portable once every name has become the one that is suggested', () => {
  const piece = fc.constantFrom(
    'a',
    'A',
    '.',
    ' ',
    ':',
    '\\',
    'ü',
    'u\u0308',
    '漢',
    'con',
    'NUL',
    '\u0001',
    'x'.repeat(60),
    '(2)',
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => bytePath(pieces.join('')));
  const raw = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const name: fc.Arbitrary<BytePath> = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: raw });
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), (names) => {
      const found = new Map(unportable(names).map(({ name: old, suggested }) => [old, suggested]));
      const renamed = names.map((old) => found.get(old) ?? old);
      expect(unportable(renamed)).toEqual([]);
      expect(new Set(renamed).size).toBe(names.length);
    }),
  );
});
