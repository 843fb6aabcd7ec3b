import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { question } from '../../src/agent/api/question.ts';
import { conflictPath } from '../../src/agent/apply/conflict-name.ts';
import { readCursor, writeCursor } from '../../src/agent/queries/cursor.ts';
import type { Site } from '../../src/agent/site/site.ts';
import { rsyncList } from '../../src/agent/transfer/rsync.ts';
import { decodeApiPath, encodeApiPath } from '../../src/base/api-path.ts';
import { displayPath, parentOf, pathProblem } from '../../src/base/bytes.ts';
import { InvalidInput } from '../../src/base/invalid-input.ts';
import { Refused } from '../../src/base/refused.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { formatBundle, parseBundle } from '../../src/bundle/file.ts';
import { seal, unseal } from '../../src/bundle/seal.ts';
import { parseQuery } from '../../src/web/http/query.ts';
import { always, bytes, hostileText, VERY_LONG } from './hostile.ts';

const anyText = fc.oneof(fc.string({ unit: 'binary' }), hostileText);
const path = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 255 }), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.map((part) => Buffer.from(part).toString('latin1')).join('/'))
  .filter((one) => pathProblem(one) === undefined);

describe('paths', () => {
  it('that are allowed stay inside the folder and are a single entry in the list for rsync', () => {
    always(fc.array(path, { maxLength: 20 }), (paths) => {
      const list = rsyncList(paths).toString('latin1').split('\0');
      expect(list.pop()).toBe('');
      expect(list).toEqual(paths.map((one) => `./${one}`));
      for (const one of paths) expect(new URL(`file:///folder/${encodeApiPath(one)}`).pathname).toMatch(/^\/folder\/./);
    });
  });

  it('keep a conflict copy in their directory, within the maximum length of a name', () => {
    const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
    always(fc.tuple(path, time, fc.integer({ min: 1, max: 101 })), ([one, at, attempt]) => {
      const copy = conflictPath(one, 'new-zealand', at, attempt);
      expect(parentOf(copy)).toBe(parentOf(one));
      expect(copy).not.toBe(one);
      expect(copy.slice(copy.lastIndexOf('/') + 1).length).toBeLessThanOrEqual(255);
    });
  });

  it('in queries are decoded quickly whatever they are', () => {
    const site = { plan: { site: 'brazil', folders: [{ name: 'projects' }] } } as Site;
    always(fc.tuple(anyText, anyText), ([asks, more]) => {
      const asked = question(site, parseQuery(`path=${asks}&${more}&folder=projects`));
      expect(asked.folder).toBe('projects');
      expect(decodeApiPath(encodeApiPath(asked.path))).toBe(asked.path);
      expect(() => question(site, parseQuery(`${more}&folder=other`))).toThrow(Refused);
    });
    for (const long of VERY_LONG) {
      expect(decodeApiPath(long)).not.toBe('');
      expect(displayPath(long)).not.toBe('');
      expect(pathProblem(long)).toBeDefined();
    }
  });
});

describe('a bundle', () => {
  const word = fc.string({ minLength: 1, unit: 'binary' });
  const bundle: fc.Arbitrary<Bundle> = fc.record({
    network: fc.stringMatching(/^[a-z0-9-]{1,63}$/),
    site: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    issue: fc.integer({ min: 1 }),
    madeAt: fc.integer({ min: 0, max: 8.64e15 }),
    renewal: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => Buffer.from(key).toString('base64')),
    plan: fc.constant({ site: 'x' } as Bundle['plan']),
    roll: fc.constant({ sites: [] } as unknown as Bundle['roll']),
    files: fc.record({
      user_key: word,
      'user_key-cert.pub': word,
      'ca.pub': word,
      known_hosts: word,
      'secrets.json': word,
    }),
  });
  const NOBODY = { network: 'a', site: 'b', renewal: `${'A'.repeat(43)}=` };

  it('survives a round trip, as a file and sealed', () => {
    always(bundle, (one) => {
      expect(parseBundle(formatBundle(one), 'x.bundle')).toEqual(one);
      expect(unseal(seal(one), one)).toEqual(one);
    });
  });

  it('that is damaged anywhere is rejected with a message, and so is one of another site', () => {
    always(fc.tuple(bundle, fc.nat(), fc.string({ minLength: 1 })), ([one, where, text]) => {
      const file = formatBundle(one);
      const at = where % file.length;
      let read: Bundle | undefined;
      try {
        read = parseBundle(file.slice(0, at) + text + file.slice(at + text.length), 'x.bundle');
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
      }
      if (read) expect(read).toEqual(one);
      expect(() => unseal(seal(one), { ...one, site: `${one.site}x` })).toThrow(Error);
    });
  });

  it('is not parsed from anything else, however long', () => {
    always(anyText, (text) => expect(() => parseBundle(text, 'x.bundle')).toThrow(InvalidInput));
    always(bytes(5000), (sealed) =>
      expect(() => unseal(`sitesync-sealed-1 ${sealed.toString('base64')}`, NOBODY)).toThrow(Error),
    );
    for (const long of VERY_LONG) expect(() => parseBundle(`sitesync bundle 1\n${long}`, 'x')).toThrow(InvalidInput);
  });
});

it('a cursor is the one that was issued, or rejected', () => {
  const Place = z.tuple([z.number(), z.string()]);
  always(fc.tuple(fc.integer(), fc.string()), (place) => expect(readCursor(writeCursor(place), Place)).toEqual(place));
  always(anyText, (text) => expect(() => readCursor(text, Place)).toThrow(Refused));
});
