import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conflictPath, numberedPath } from '../../../src/agent/apply/conflict-name.ts';
import { bytePath, textOf } from '../../../src/base/bytes.ts';

const AT = Date.UTC(2026, 10, 21, 20, 30);

it('the copy of a file is named after it, its site and the time, and keeps the extension', () => {
  expect(conflictPath('plans/house.dwg', 'brazil', AT)).toBe('plans/house (conflict brazil 2026-11-21 2030).dwg');
  expect(conflictPath('.profile', 'brazil', AT, 2)).toBe('.profile (conflict brazil 2026-11-21 2030 2)');
  expect(numberedPath('a/b.txt', 3)).toBe('a/b (3).txt');
});

it('it fits wherever the file itself does, also at a disk that encrypts names, and ends no character in its middle', () => {
  const character = fc.constantFrom('a', 'ü', '漢', '🏠', ' ', '.', '(');
  const name = fc
    .array(character, { minLength: 1, maxLength: 255 })
    .map((characters) => bytePath(characters.join('')))
    .filter((bytes) => bytes.length <= 255);
  const site = fc.constantFrom('a', 'b'.repeat(63));
  fc.assert(
    fc.property(name, site, fc.integer({ min: 1, max: 100 }), (file, where, attempt) => {
      const copy = conflictPath(`dir/${file}`, where, AT, attempt);
      const bytes = copy.slice('dir/'.length);
      expect(bytes.length).toBeLessThanOrEqual(file.length <= 143 ? 143 : 255);
      expect(textOf(bytes), 'UTF-8').toBeDefined();
      expect(bytes).toContain(` (conflict ${where} 2026-11-21 2030`);
    }),
  );
  expect(conflictPath('x'.repeat(255), 'brazil', AT)).toHaveLength(255);
  expect(conflictPath(`${'\xff'.repeat(250)}.bin`, 'brazil', AT)).toHaveLength(255);
});
