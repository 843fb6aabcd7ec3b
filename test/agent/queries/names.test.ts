import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingBelow, sizesBelow } from '../../../src/agent/queries/directory-totals.ts';
import { foldName as fold } from '../../../src/agent/queries/fold.ts';
import { holds, look, type NameText, planOf } from '../../../src/agent/queries/match-names.ts';
import { createNames, type NameFacts } from '../../../src/agent/queries/names.ts';

interface Known extends NameFacts {
  folder: string;
  dir: string;
  name: string;
}

const FOLDERS = ['projects', 'photos'];
/** Few letters, so that substrings are found, and bytes that are not text. */
const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '\n', '\xff', '\xc3\xa4', '\xc3\x84'), minLength, maxLength });
const known = fc.record({
  folder: fc.constantFrom(...FOLDERS),
  dir: fc.constantFrom('', 'x', 'x/y'),
  name: letters(1, 8),
  kind: fc.constantFrom('file', 'dir', 'deleted'),
  size: fc.integer({ min: 0, max: 3 }),
  mtimeMs: fc.integer({ min: 0, max: 3 }),
  origin: fc.constantFrom('germany', 'brazil'),
  seq: fc.integer({ min: 0, max: 3 }),
});
const asked = fc.record({
  parts: fc.array(
    fc.oneof(
      letters(0, 3),
      letters(0, 2).map((end) => `${end}\0`),
      fc.constant('a\0b'),
    ),
    { maxLength: 4 },
  ),
  folders: fc.subarray(FOLDERS),
  least: fc.integer({ min: -1, max: 3 }),
  origin: fc.constantFrom(undefined, 'germany'),
});

const fill = (all: Known[]) => {
  const names = createNames();
  for (const { folder, dir, name, ...facts } of all) names.add(folder, dir, name, facts);
  return names;
};
const pathOf = ({ dir, name }: Known) => (dir === '' ? name : `${dir}/${name}`);

/** Each path once, with its latest facts, where it was first seen. */
const latest = (all: Known[]) => [...new Map(all.map((one) => [`${one.folder} ${pathOf(one)}`, one])).values()];

test('results equal those of a plain filter, latest first', () => {
  fc.assert(
    fc.property(fc.array(known, { maxLength: 60 }), asked, (all, { parts, folders, least, origin }) => {
      const fits = (size: number, mtimeMs: number, maker: string, seq: number) =>
        size >= least && mtimeMs + seq >= least && (origin === undefined || maker === origin);
      const wanted = latest(all)
        .filter(
          (one) =>
            folders.includes(one.folder) &&
            fits(one.kind === 'deleted' ? -1 : one.size, one.mtimeMs, one.origin, one.seq) &&
            parts.every((part) => `${fold(one.name)}\0`.includes(fold(part))),
        )
        .map((one) => ({ folder: one.folder, path: pathOf(one) }));
      const found = [...fill(all).find({ parts, folders: new Set(folders), fits })].filter((one) => one !== undefined);
      expect(found).toEqual(wanted.toReversed());
    }),
    { numRuns: 1000 },
  );
});

test('what is below directories is what a plain count says', () => {
  const ranges = fc.record({ held: fc.integer({ min: 0, max: 3 }), known: fc.integer({ min: 0, max: 3 }) });
  const custody = fc.dictionary(
    fc.constantFrom('germany', 'brazil', 'spain'),
    fc.dictionary(fc.constantFrom('germany', 'brazil'), ranges),
  );
  fc.assert(
    fc.property(fc.array(known, { maxLength: 60 }), custody, (all, said) => {
      const names = fill(all);
      const columns = names.columns();
      const sizes = sizesBelow(columns);
      const held = new Map(
        Object.entries(said).map(([site, origins]) => [
          site,
          new Map(
            Object.entries(origins).map(([origin, one]) => [
              origin,
              { held: Math.min(one.held, one.known), known: one.known, missing: [] },
            ]),
          ),
        ]),
      );
      const missing = missingBelow(columns, held);
      for (const folder of FOLDERS)
        for (const dir of ['', 'x', 'x/y']) {
          const below = latest(all).filter(
            (one) => one.folder === folder && (dir === '' || pathOf(one).startsWith(`${dir}/`)),
          );
          const files = below.filter(({ kind }) => kind === 'file');
          const id = names.directoryOf(folder, dir);
          expect([sizes.files[id ?? -1] ?? 0, sizes.bytes[id ?? -1] ?? 0]).toEqual([
            files.length,
            files.reduce((sum, { size }) => sum + size, 0),
          ]);
          for (const [site, origins] of held) {
            const lacks = below.filter(
              ({ origin, seq }) => site !== origin && seq > (origins.get(origin)?.known ?? -1),
            );
            expect(missing.get(site)?.[id ?? -1] ?? 0).toBe(lacks.length);
          }
        }
    }),
    { numRuns: 200 },
  );
});

test('the order of conditions does not matter', () => {
  fc.assert(
    fc.property(fc.array(letters(1, 8), { maxLength: 40 }), fc.array(letters(1, 3), { maxLength: 3 }), (all, parts) => {
      const text = textOf(all.map(fold));
      const needles = parts.map((part) => Buffer.from(fold(part), 'latin1'));
      const isEven = (record: number) => record % 2 === 0;
      const wanted = all
        .map((_, record) => record)
        .filter((record) => isEven(record) && parts.every((part) => fold(all[record]!).includes(fold(part))))
        .toReversed();
      const tests = [isEven, ...needles.map((needle) => (record: number) => holds(text, record, needle))];
      for (const by of [undefined, ...needles])
        for (const order of [tests, tests.toReversed()])
          expect([...look(text, { by, tests: order })].filter((record) => record !== undefined)).toEqual(wanted);
    }),
  );
});

function textOf(names: string[]): NameText {
  const bytes = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1');
  const starts = new Uint32Array(names.length);
  let used = 0;
  for (const [i, name] of names.entries()) {
    starts[i] = used;
    used += name.length + 1;
  }
  return { bytes, starts, count: names.length, used };
}

test('the most selective condition is tested first, according to a sample', () => {
  const text = textOf(Array.from({ length: 20_000 }, (_, i) => `plan ${i % 2 ? 'aa' : 'bb'} ${i}`));
  const [plan, aa, bb, rare] = ['plan', 'aa', 'bb', ' 1999'].map((part) => Buffer.from(part));
  let asked = 0;
  const facts = (fits: (record: number) => boolean) => (record: number) => {
    asked++;
    return fits(record);
  };
  const asksFor = (needles: Buffer[], fits: (record: number) => boolean) => {
    const chosen = planOf(text, needles, facts(fits));
    asked = 0;
    const found = [...look(text, chosen)].filter((record) => record !== undefined).length;
    return { by: chosen.by, asked, found };
  };
  // 1999 and 19990 to 19999.
  expect(asksFor([plan!, rare!], () => true)).toEqual({ by: rare, asked: 11, found: 11 });
  expect(asksFor([plan!], (record) => record === 7)).toEqual({ by: undefined, asked: 20_000, found: 1 });
  // Each of these alone matches half of the names: what no name matches after the first is tested second.
  expect(asksFor([plan!, aa!, bb!], () => true)).toEqual({ by: undefined, asked: 0, found: 0 });
});
