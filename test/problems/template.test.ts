import { expect, test } from 'vitest';
import { fill } from '../../src/problems/template.ts';

test('a hole for which there is no value is seen', () => {
  expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  expect(fill('{toString} and {__proto__}', {})).toBe('{toString} and {__proto__}');
});

test('a count chooses between singular and plural', () => {
  const files = (count: number) => fill('{count|file is|files are} missing', { count });
  expect([0, 1, 2].map(files)).toEqual(['0 files are missing', '1 file is missing', '2 files are missing']);
});

test('what is filled in is not filled again', () => {
  expect(fill('{a}, {b}', { a: '{b}', b: '$&' })).toBe('{b}, $&');
});
