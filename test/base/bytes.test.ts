import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeApiPath, encodeApiPath } from '../../src/base/api-path.ts';
import { bytePath, displayPath, fsPath, pathProblem } from '../../src/base/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1'));

describe('paths are bytes', () => {
  it('survive URLs and system calls whatever they are', () => {
    fc.assert(
      fc.property(bytes, (path) => {
        expect(decodeApiPath(encodeApiPath(path))).toBe(path);
        expect(Buffer.from(fsPath(path) as Buffer).toString('latin1')).toBe(path);
      }),
    );
  });
  it('cannot deceive a terminal', () => {
    fc.assert(
      fc.property(bytes, (path) => {
        expect(displayPath(path)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
    expect(displayPath(bytePath('ümlaut/ok'))).toBe('ümlaut/ok');
    expect(displayPath('a\nb\xff')).toBe('a\\x0ab\\xff');
  });
  it('from other sites are rejected when they lead outside or into our own directory', () => {
    for (const bad of [
      '',
      '/etc',
      'a//b',
      '../x',
      'a/..',
      './a',
      '.sitesync/archive',
      '.sitesync',
      'a\0b',
      'x'.repeat(256),
    ]) {
      expect(pathProblem(bad), JSON.stringify(bad)).toBeDefined();
    }
    for (const good of ['a', 'a/.sitesync', '..a/b..', '-rf', '#x']) expect(pathProblem(good)).toBeUndefined();
  });
});
