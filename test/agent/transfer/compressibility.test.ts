import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { isWorthCompressing } from '../../../src/agent/transfer/compressibility.ts';

const TEXT = Buffer.from(randomBytes(30_000).toString('hex'));

it('text is worth compressing, whatever its name; random bytes and what is compressed already are not', () => {
  expect(isWorthCompressing(TEXT)).toBe(true);
  expect(isWorthCompressing(gzipSync(TEXT))).toBe(false);
  expect(isWorthCompressing(randomBytes(65_536))).toBe(false);
});
