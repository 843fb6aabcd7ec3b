import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeReports } from '../../../src/agent/queries/merge-reports.ts';
import { type NetworkReport, type SiteReport, Summary } from '../../../src/api/network-report.ts';

const NAMES = ['a', 'b', 'h1', 'h2'];
const lack = { lagSeconds: fc.nat(1000), filesBehind: fc.nat(2), bytesBehind: fc.nat(1000) };
const siteReport = (name: string): fc.Arbitrary<SiteReport> =>
  fc
    .record({
      name: fc.constant(name),
      role: fc.constant(name.startsWith('h') ? ('hub' as const) : ('child' as const)),
      via: fc.option(fc.constantFrom('h1', 'h2')),
      connected: fc.boolean(),
      inSync: fc.boolean(),
      ...lack,
      more: fc.boolean(),
      folders: fc.dictionary(fc.constantFrom('x', 'y'), fc.record(lack), { noNullPrototype: true }),
      summary: fc.constant(Summary.parse({})),
      version: fc.constant('0.1.0'),
      disk: fc.constant({ free: 1, size: 2 }),
      beatAt: fc.nat(1000),
    })
    .map((site) => ({ ...site, inSync: site.inSync && site.connected && site.filesBehind === 0 }));
const network: fc.Arbitrary<NetworkReport> = fc.record({
  reporter: fc.constantFrom('h1', 'h2'),
  at: fc.nat(1000),
  beatSeconds: fc.constant(48),
  sites: fc.subarray(NAMES).chain((names) => fc.tuple(...names.map(siteReport))),
});

it('a single report is returned as it is', () => {
  fc.assert(
    fc.property(network, (one) => {
      expect(mergeReports([one])).toEqual(one);
    }),
  );
});

it('a site is connected if any report says so, and never healthier than in any of them', () => {
  fc.assert(
    fc.property(network, fc.array(network, { maxLength: 3 }), (first, others) => {
      const merged = mergeReports([first, ...others]);
      for (const site of merged.sites) {
        const views = [first, ...others].flatMap(({ sites }) => sites.filter(({ name }) => name === site.name));
        expect(site.connected).toBe(views.some(({ connected }) => connected));
        for (const view of views) {
          expect(site.lagSeconds).toBeGreaterThanOrEqual(view.lagSeconds);
          expect(site.filesBehind).toBeGreaterThanOrEqual(view.filesBehind);
          for (const [folder, { filesBehind }] of Object.entries(view.folders))
            expect(site.folders[folder]!.filesBehind).toBeGreaterThanOrEqual(filesBehind);
          if (site.inSync) expect(view.filesBehind).toBe(0);
        }
        if (site.inSync) expect(site.connected).toBe(true);
      }
      const known = new Set([first, ...others].flatMap(({ sites }) => sites.map(({ name }) => name)));
      expect(new Set(merged.sites.map(({ name }) => name))).toEqual(known);
    }),
  );
});

it('the side that hears a site is the source about it', () => {
  const view = (connected: boolean, version: string): NetworkReport => ({
    reporter: connected ? 'h2' : 'h1',
    at: 1,
    beatSeconds: 48,
    sites: [
      {
        name: 'a',
        role: 'child',
        via: connected ? 'h2' : null,
        connected,
        inSync: connected,
        lagSeconds: 0,
        filesBehind: 0,
        bytesBehind: 0,
        more: false,
        folders: {},
        summary: Summary.parse({}),
        version,
        disk: { free: 1, size: 2 },
        beatAt: 1,
      },
    ],
  });
  const [site] = mergeReports([view(false, 'old'), view(true, 'new')]).sites;
  expect(site).toMatchObject({ version: 'new', via: 'h2', connected: true, inSync: true });
});
