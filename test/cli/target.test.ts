import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytePath, displayPath } from '../../src/base/bytes.ts';
import { parseFile, parseTarget, parseVersion } from '../../src/cli/sites/target.ts';

test('parses a folder and a path in it, ignoring outer slashes', () => {
  expect(parseTarget('projects')).toEqual({ folder: 'projects', path: '' });
  expect(parseTarget('projects:')).toEqual({ folder: 'projects', path: '' });
  expect(parseTarget('projects:/plans/')).toEqual({ folder: 'projects', path: 'plans' });
  expect(parseTarget('projects:./a:b')).toEqual({ folder: 'projects', path: 'a:b' });
  expect(parseTarget('projects:Ärger').path).toBe(bytePath('Ärger'));
});

test('any name can be given as it was printed', () => {
  const bytes = fc.uint8Array({ minLength: 1 }).map((b) => Buffer.from(b).toString('latin1'));
  const text = fc.string({ unit: 'binary', minLength: 1 }).map(bytePath);
  const names = fc.oneof(bytes, text).map((name) => name.replaceAll('/', '_'));
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(name !== '.');
      expect(parseTarget(`projects:${displayPath(name)}`).path).toBe(name);
    }),
    { numRuns: 2000, examples: [['\xc2\x80'], ['\xef\xbb\xbfa'], ['\x80'], ['\xe2\x80\xae']] },
  );
});

test('the version is the last "@origin.seq"', () => {
  expect(parseVersion('projects:a@b.txt@new-zealand.42')).toEqual({
    folder: 'projects',
    path: 'a@b.txt',
    version: 'new-zealand.42',
  });
});

test('an incomplete target is rejected with an example', () => {
  expect(() => parseFile('projects')).toThrow(/names no file.*projects:plans/);
  expect(() => parseTarget(':x')).toThrow(/names no folder/);
  expect(() => parseVersion('projects:a')).toThrow(/names no version/);
});
