import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bundle, contentOf } from '../../src/bundle/bundle.ts';
import { formatBundle, parseBundle } from '../../src/bundle/file.ts';
import { seal, unseal } from '../../src/bundle/seal.ts';
import type { OwnPlan, Roster } from '../../src/topology/roster.ts';

const renewal = randomBytes(32).toString('base64');
const made = (over: Partial<Bundle> = {}): Bundle => ({
  network: 'acme',
  site: 'laptop',
  issue: 3,
  madeAt: Date.parse('2026-11-26T12:00:00Z'),
  renewal,
  plan: { network: 'acme', site: 'laptop', links: [] } as unknown as OwnPlan,
  roll: { sites: [], members: {} } as unknown as Roster,
  files: {
    user_key: 'very secret\n',
    'user_key-cert.pub': 'certificate\n',
    'ca.pub': 'authority\n',
    known_hosts: '@cert-authority * authority\n',
    'secrets.json': '{"agentPassword": "hidden"}\n',
  },
  ...over,
});
const bundles = fc
  .record({
    site: fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/),
    issue: fc.integer({ min: 1 }),
    user_key: fc.string({ minLength: 1 }),
    folder: fc.string(),
  })
  .map(({ site, issue, user_key, folder }) =>
    made({ site, issue, files: { ...made().files, user_key }, plan: { folders: [folder] } as unknown as OwnPlan }),
  );
const flip = (bytes: Buffer, at: number, bit: number) => {
  const copy = Buffer.from(bytes);
  copy[at % copy.length]! ^= 1 << bit;
  return copy;
};

describe('the file', () => {
  it('survives a round trip, even if its line endings were changed', () => {
    fc.assert(
      fc.property(bundles, (bundle) => {
        const text = formatBundle(bundle);
        expect(parseBundle(text, 'f')).toEqual(bundle);
        expect(parseBundle(`\n${text.replaceAll('\n', '\r\n')}\n`, 'f')).toEqual(bundle);
        expect(formatBundle(parseBundle(text, 'f'))).toBe(text);
      }),
    );
  });

  it('says whose it is and what to do with it, and shows no secret', () => {
    const text = formatBundle(made());
    expect(text).toMatch(/^sitesync bundle 1\n# Site laptop of the network acme, issue 3, made 2026-11-26T12:00/);
    expect(text).toContain('npx sitesync join FILE');
    expect(text).not.toContain('very secret');
  });

  it('is rejected when a bit has changed or its end is missing', () => {
    const text = Buffer.from(formatBundle(made()));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 0, max: 6 }), (at, bit) => {
        const changed = flip(text, at, bit).toString('latin1');
        // An additional space at the end of a line is harmless.
        if (JSON.stringify(lines(changed)) === JSON.stringify(lines(text.toString('latin1')))) return;
        expect(() => parseBundle(changed, 'my.bundle')).toThrow(/^my\.bundle: (is (damaged|not a bundle)|has version)/);
      }),
    );
    fc.assert(
      fc.property(fc.nat(text.length - 80), (length) => {
        expect(() => parseBundle(text.subarray(0, length).toString(), 'my.bundle')).toThrow(
          /^my\.bundle: is (damaged|not a bundle)/,
        );
      }),
    );
  });

  it.each([
    ['another kind of file', 'apiVersion: v1\n', /is not a bundle. Create one with/],
    ['nothing', '', /is not a bundle/],
    [
      'a later version',
      formatBundle(made()).replace('bundle 1', 'bundle 2'),
      /has version 2, but this SiteSync only supports version 1/,
    ],
  ])('tells of %s in one sentence', (_, text, message) => {
    expect(() => parseBundle(text, 'f')).toThrow(message);
  });

  it('accepts only the files of a bundle: none may name a path', () => {
    const files = { ...made().files, '../../authorized_keys': 'x' } as Bundle['files'];
    expect(() => parseBundle(formatBundle(made({ files })), 'f')).toThrow(/damaged/);
  });
});

describe('when sealed', () => {
  it('it is opened by its site; equal bundles give equal text, different ones different text', () => {
    fc.assert(
      fc.property(bundles, (bundle) => {
        const sealed = seal(bundle);
        expect(unseal(sealed, bundle)).toEqual(bundle);
        expect(seal(structuredClone(bundle))).toBe(sealed);
        expect(seal({ ...bundle, issue: bundle.issue + 1 }).slice(0, 40)).not.toBe(sealed.slice(0, 40));
      }),
    );
  });

  it('it reveals nothing, and does not open for another site, network or key, nor when a bit was changed', () => {
    const sealed = seal(made());
    const [word, base64] = sealed.trim().split(' ') as [string, string];
    const bytes = Buffer.from(base64, 'base64');
    expect(bytes.includes('secret')).toBe(false);
    expect(() => unseal(sealed, made({ site: 'desktop' }))).toThrow();
    expect(() => unseal(sealed, made({ network: 'other' }))).toThrow();
    expect(() => unseal(sealed, made({ renewal: randomBytes(32).toString('base64') }))).toThrow();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        expect(() => unseal(`${word} ${flip(bytes, at, bit).toString('base64')}`, made())).toThrow();
      }),
    );
    for (const text of ['', word, `${word} AAAA`, 'something else']) expect(() => unseal(text, made())).toThrow();
  });
});

it('bundles with the same content are equal, whenever they were made', () => {
  expect(contentOf(made({ issue: 9, madeAt: 1 }))).toBe(contentOf(made()));
  expect(contentOf(made({ files: { ...made().files, user_key: 'another' } }))).not.toBe(contentOf(made()));
});

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
