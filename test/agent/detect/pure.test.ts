import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quietAt } from '../../../src/agent/detect/quiet.ts';
import { createDigests, hasDigest, putDigest } from '../../../src/agent/fs/digests.ts';
import { createIgnore, ignoresPath } from '../../../src/agent/fs/ignore.ts';
import { bytePath, pathKey } from '../../../src/base/bytes.ts';

describe('the quiet time', () => {
  const times = fc.tuple(fc.nat(10_000_000), fc.nat(10_000_000));

  it('is 60 ms to 2 s after the last event, and in between a quarter of the time the file has been changing', () => {
    fc.assert(
      fc.property(times, ([first, length]) => {
        const last = first + length;
        const wait = quietAt({ first, last }) - last;
        expect(wait).toBeGreaterThanOrEqual(60);
        expect(wait).toBeLessThanOrEqual(2000);
        if (length >= 240 && length <= 8000) expect(wait).toBeCloseTo(length / 4, 6);
      }),
    );
  });

  it('never ends earlier because of a later event', () => {
    fc.assert(
      fc.property(times, fc.nat(100_000), ([first, length], more) => {
        const last = first + length;
        expect(quietAt({ first, last: last + more })).toBeGreaterThanOrEqual(quietAt({ first, last }));
      }),
    );
  });
});

describe('digests', () => {
  it('return what was stored last, for any number of directories', () => {
    const digest = (n: number) => new Uint8Array(16).fill(n);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 3000 }), (puts) => {
        const digests = createDigests();
        const model = new Map<number, number>();
        for (const [dir, n] of puts) {
          putDigest(digests, pathKey('f', `${dir}`), digest(n));
          model.set(dir, n);
        }
        expect(digests.size).toBe(model.size);
        for (const [dir, n] of model) {
          expect(hasDigest(digests, pathKey('f', `${dir}`), digest(n))).toBe(true);
          expect(hasDigest(digests, pathKey('f', `${dir}`), digest((n + 1) % 256))).toBe(false);
        }
        expect(hasDigest(digests, pathKey('g', 'none'), digest(0))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe('ignore patterns', () => {
  it.each<[string, string, boolean]>([
    ['~$*', 'a/~$doc.docx', true],
    ['*.tmp', '.x.tmp', true],
    ['*.tmp', 'a.tmp/inside', true],
    ['*.tmp', 'line\nbreak.tmp', true],
    ['?.txt', 'é.txt', true],
    ['[äö].txt', 'ä.txt', true],
    ['build/', 'a/build/x', true],
    ['/build', 'build', true],
    ['/a/build', 'x/a/build', false],
    ['a/**/z', 'a/b/c/z', true],
    ['a/*/z', 'a/b/c/z', false],
    ['!keep', 'other', false],
    ['!keep', '!keep', true],
    ['*.{bak,old}', 'x.old', true],
    ['.sitesync', 'sub/.sitesync', true],
    ['none', 'sub/.sitesync', false],
    ['none', '.sitesync/marker', true],
  ])('%j and %j: %s', (pattern, path, ignored) => {
    expect(ignoresPath(createIgnore([pattern]), bytePath(path))).toBe(ignored);
  });

  it('match bytes that are not UTF-8', () => {
    expect(ignoresPath(createIgnore(['*.tmp']), '\xff\xfe.tmp')).toBe(true);
  });
});
