import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeApiPath, encodeApiPath } from '../../src/base/api-path.ts';
import { bytePath } from '../../src/base/bytes.ts';

test('any bytes survive a round trip through URL-safe text', () => {
  const bytes = fc.uint8Array().map((b) => Buffer.from(b).toString('latin1'));
  fc.assert(
    fc.property(bytes, (path) => {
      const text = encodeApiPath(path);
      expect(text).toMatch(/^[A-Za-z0-9\-._~/%]*$/);
      expect(decodeApiPath(text)).toBe(path);
    }),
  );
});

test('typed names stay readable, and non-ASCII characters mean their UTF-8 bytes', () => {
  expect(encodeApiPath(bytePath('Ärger/a b.txt'))).toBe('%C3%84rger/a%20b.txt');
  expect(decodeApiPath('Ärger')).toBe(bytePath('Ärger'));
});

test('text that is not %XX is not an error', () => {
  expect(decodeApiPath('100%')).toBe('100%');
  expect(decodeApiPath('%zz%4')).toBe('%zz%4');
});
