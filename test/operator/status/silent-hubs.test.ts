import fc from 'fast-check';
import { expect, it } from 'vitest';
import { heardThrough } from '../../../src/agent/queries/heard-through.ts';
import { type NetworkReport, type SiteReport, Summary } from '../../../src/api/network-report.ts';
import { mergeFiltered, withoutSilentHubs } from '../../../src/operator/status/silent-hubs.ts';

const NAMES = ['a', 'b', 'c', 'h1', 'h2', 'h3'];
const roleOf = (name: string) => (name.startsWith('h') ? ('hub' as const) : ('child' as const));

/** The report of `reporter`, made from the heartbeats of the sites that are not silent. */
function reportOf(reporter: string, peers: Record<string, string[]>): NetworkReport {
  const summary = (name: string) => Summary.parse({ peers: peers[name] ?? [] });
  const beats = new Map(Object.keys(peers).map((name) => [name, { summary: summary(name) }]));
  const heard = heardThrough({ site: reporter, sites: NAMES.map((name) => ({ name, role: roleOf(name) })) }, beats);
  const site = (name: string): SiteReport => ({
    name,
    role: roleOf(name),
    via: heard.get(name) ?? null,
    connected: name === reporter || heard.has(name),
    inSync: name === reporter || heard.has(name),
    lagSeconds: 0,
    filesBehind: 0,
    bytesBehind: 0,
    more: false,
    folders: {},
    summary: summary(name),
    version: '0.1.0',
    disk: { free: 1, size: 2 },
    beatAt: 1,
  });
  return { reporter, at: 1, beatSeconds: 48, sites: NAMES.map(site) };
}
const heardIn = ({ sites }: NetworkReport) =>
  Object.fromEntries(sites.filter(({ connected }) => connected).map(({ name, via }) => [name, via]));

it('excludes the silent hub, its children, and everything behind it', () => {
  const peers = { h1: ['a', 'h2'], h2: ['h1', 'b', 'h3'], h3: ['h2', 'c'], a: [], b: [], c: [] };
  const { report, unseen } = withoutSilentHubs(reportOf('h1', peers), new Set(['h2']));
  expect(heardIn(report)).toEqual({ h1: null, a: 'h1' });
  expect(Object.fromEntries(unseen)).toEqual({ h2: 'h2', b: 'h2', h3: 'h2', c: 'h2' });
});

it('keeps sites that another hub hears, and names that hub', () => {
  // Child b has moved, and the silent hub has not reported that.
  const peers = { h1: ['h2', 'h3'], h2: ['h1', 'b', 'h3'], h3: ['h1', 'h2', 'b'], b: [] };
  const before = reportOf('h1', peers);
  expect(heardIn(before)).toMatchObject({ b: 'h2' });
  const { report, unseen } = withoutSilentHubs(before, new Set(['h2']));
  expect(heardIn(report)).toEqual({ h1: null, h3: 'h1', b: 'h3' });
  expect([...unseen]).toEqual([['h2', 'h2']]);
});

it('knows nothing about its children when the reporter itself no longer trusts the silent hub', () => {
  const peers = { h1: ['h2'], h2: ['h1', 'b'], b: [], c: [] };
  const late = reportOf('h1', peers);
  const sites = late.sites.map((site) => (site.name === 'b' ? { ...site, connected: false, via: null } : site));
  const { report, unseen } = withoutSilentHubs({ ...late, sites }, new Set(['h2']));
  expect(report.sites.find(({ name }) => name === 'b')).toMatchObject({ connected: false });
  // Nobody has mentioned c.
  expect(Object.fromEntries(unseen)).toEqual({ h2: 'h2', b: 'h2' });
});

it('uses what another hub says that does hear them', () => {
  const first = withoutSilentHubs(reportOf('h1', { h1: ['h2'], h2: ['h1', 'b'], b: [] }), new Set(['h2']));
  const other = withoutSilentHubs(reportOf('h3', { h3: ['b'], b: [] }), new Set(['h2']));
  const { report, unseen } = mergeFiltered([first, other]);
  expect(heardIn(report)).toMatchObject({ h1: null, h3: null, b: 'h3' });
  expect([...unseen.keys()]).toEqual(['h2']);
});

it('is never healthier, and unchanged while nobody is silent', () => {
  const subset = fc.subarray(NAMES);
  const network = fc
    .tuple(fc.constantFrom('h1', 'h2', 'h3'), fc.dictionary(fc.constantFrom(...NAMES), subset))
    .map(([reporter, peers]) => reportOf(reporter, { [reporter]: [], ...peers }));
  const silent = fc.subarray(['h1', 'h2', 'h3']).map((names) => new Set(names));
  fc.assert(
    fc.property(network, silent, (before, hubs) => {
      const { report, unseen } = withoutSilentHubs(before, hubs);
      expect(withoutSilentHubs(before, new Set()).report).toEqual(before);
      for (const [i, site] of report.sites.entries()) {
        const was = before.sites[i]!;
        if (was.connected) expect(site.connected || unseen.has(site.name)).toBe(true);
        else expect(site.connected).toBe(false);
        expect(site.connected && unseen.has(site.name)).toBe(false);
        if (!site.connected) expect(site.inSync).toBe(false);
        if (site.connected && site.via !== null) expect(hubs.has(site.via) && site.via !== before.reporter).toBe(false);
        if (unseen.has(site.name)) expect(hubs).toContain(unseen.get(site.name));
      }
    }),
  );
});
