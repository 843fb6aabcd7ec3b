import { expect, test } from 'vitest';
import { Deeds } from '../../../hack/soak/deeds.ts';
import { type Evidence, INVARIANTS } from '../../../hack/soak/invariants.ts';
import { Ledger } from '../../../hack/soak/ledger.ts';
import type { Tree } from '../../../hack/soak/look.ts';
import { episode, INGREDIENTS, STORM_MS } from '../../../hack/soak/script.ts';
import { smaller } from '../../../hack/soak/shrink.ts';
import { SITES, type SiteName } from '../../../hack/soak/star.ts';
import { StatusWatch } from '../../../hack/soak/status-watch.ts';
import { isDeed } from '../../../hack/soak/step.ts';

// The judges must be judged too: each rule is shown something that it must find, and something that it must not.

const tree = (files: Record<string, string>): Tree =>
  new Map(Object.entries(files).map(([path, sha256]) => [path, { said: `file ${sha256}`, sha256, size: 9, ino: 1n }]));

const atRest: Evidence = {
  restMs: 1,
  restLimitMs: 180_000,
  missing: [],
  differing: new Map(),
  lies: [],
  owed: [],
  findable: new Set(),
  rotten: [],
  shared: [],
  staged: [],
  versions: [],
  deeds: new Deeds(),
  journals: new Map(),
  ended: [],
  traffic: [],
  sentTwice: [],
};
const violated = (evidence: Partial<Evidence>) =>
  INVARIANTS.filter(({ violations }) => violations({ ...atRest, ...evidence }).length > 0).map(({ name }) => name);

test('a seed determines what happens, and what is left out does not happen', () => {
  const nothing = new Set<never>();
  expect(episode(7, 0, nothing)).toEqual(episode(7, 0, nothing));
  expect(episode(7, 0, nothing)).not.toEqual(episode(8, 0, nothing));
  expect(episode(7, 1, nothing)).not.toEqual(episode(7, 0, nothing));
  const steps = episode(7, 0, new Set(INGREDIENTS));
  expect(steps.every(isDeed)).toBe(true);
  expect(steps.every(({ at }, i) => at >= (steps[i - 1]?.at ?? 0) && at < STORM_MS + 1000)).toBe(true);
});

test('a shrunk script is part of the original one', () => {
  const script = {
    seed: 1,
    engine: 'mariadb' as const,
    episodes: [episode(1, 0, new Set()), episode(1, 1, new Set())],
  };
  const all = new Set(script.episodes.flat().map(({ id }) => id));
  const candidates = [...smaller(script)];
  expect(candidates.length).toBeGreaterThan(10);
  for (const [, { episodes }] of candidates) {
    const steps = episodes.flat();
    expect(steps.length).toBeLessThan(all.size);
    expect(steps.every(({ id }) => all.has(id))).toBe(true);
  }
});

test('what was stable for two seconds and was not removed by a person must be findable', () => {
  const deeds = new Deeds();
  const ledger = new Ledger(deeds);
  ledger.note('a', tree({ kept: 'k', short: 's', byHand: 'h' }), 1000);
  ledger.note('a', tree({ kept: 'k', short: 's2', byHand: 'h' }), 2900);
  ledger.note('a', tree({ kept: 'k', short: 's2', byHand: 'h' }), 3200);
  deeds.touch('a', 'byHand', 3300);
  ledger.note('a', tree({ kept: 'k2', short: 's3', byHand: 'h2' }), 3600);
  expect(ledger.owed().map(({ sha256 }) => sha256)).toEqual(['k']);
  expect([...ledger.overwrittenAtHome]).toEqual(['h']);
  expect(violated({ owed: ledger.owed() })).toEqual(['nothing lost']);
  expect(violated({ owed: ledger.owed(), findable: new Set(['k']) })).toEqual([]);
});

test('"in sync" is a lie exactly when it was requested while trees had differed for two seconds', () => {
  const watch = new StatusWatch();
  const equal = new Map<SiteName, Tree>(SITES.map((site) => [site, tree({ f: '1' })]));
  const other = new Map(equal).set('d', tree({ f: '2' }));
  const said = (from: number) => [{ from, to: from + 50, inSync: true }];
  expect(watch.note(equal, 1000, [])).toEqual([]);
  expect(watch.note(other, 2000, said(1500))).toEqual([]);
  expect(watch.note(other, 3000, said(2900))).toEqual([]);
  expect(watch.note(other, 4500, said(4100))).toMatchObject([{ path: 'f', forMs: 2100 }]);
  expect(watch.note(other, 5000, [{ from: 4600, to: 4700, inSync: false }])).toEqual([]);
  expect(watch.note(equal, 6000, said(5500))).toEqual([]);
});

test('a version is explained by a person at its office, and by nothing else', () => {
  const deeds = new Deeds();
  deeds.put('a', 'plans/x.txt', 'one');
  deeds.put('b', 'plans/y.txt', 'two');
  deeds.move('a', 'plans', 'old');
  deeds.remove('a', 'plans');
  const row = (origin: string, path: string, sha256: string) => [
    { origin, seq: 1, path, kind: 'file' as const, sha256, merges: false, more: '' },
  ];
  const gone = (origin: string, path: string) => [
    { origin, seq: 1, path, kind: 'deleted' as const, merges: false, more: '' },
  ];
  const made = [
    row('a', 'plans/x.txt', 'one'),
    row('a', 'old/y.txt', 'two'),
    row('a', 'plans/x (conflict a 2026-11-30 0712 2).txt', 'one'),
    gone('a', 'plans/y.txt'),
  ];
  const settling = { ...row('b', 'plans/x.txt', 'one')[0]!, seq: 2, base: 'a.1', merges: true };
  expect(violated({ deeds, versions: [...row('a', 'plans/x.txt', 'one'), settling] })).toEqual([]);
  const unmade = [
    row('b', 'plans/x.txt', 'one'),
    row('a', 'plans/y.txt', 'two'),
    row('b', 'plans/x (conflict b 2026-11-30 0712).txt', 'one'),
    gone('b', 'plans/y.txt'),
    gone('a', 'plan'),
  ];
  for (const versions of made) expect(violated({ deeds, versions }), JSON.stringify(versions)).toEqual([]);
  for (const versions of unmade)
    expect(violated({ deeds, versions }), JSON.stringify(versions)).toEqual(['no version nobody made']);
});

test('every other rule finds what contradicts it', () => {
  expect(violated({})).toEqual([]);
  expect(violated({ restMs: undefined })).toEqual(['comes to rest']);
  expect(violated({ differing: new Map([['f', { a: 'x', b: 'y' }]]) })).toEqual(['trees equal']);
  expect(violated({ rotten: ['a: ff'] })).toEqual(['archives are true']);
  expect(violated({ shared: ['a: ff'] })).toEqual(['archives are true']);
  expect(violated({ staged: ['a: new-1'] })).toEqual(['nothing left in staging']);
  expect(violated({ journals: new Map([['a', { a: '5 versions', b: '4 versions' }]]) })).toEqual(['databases agree']);
  expect(violated({ ended: ['agent ended with code 1'] })).toEqual(['agents live']);
  expect(violated({ traffic: [{ edge: 'a-h1', bytes: 3, budget: 2 }] })).toEqual(['nothing sent twice']);
});
