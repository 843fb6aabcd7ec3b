import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadResources } from '../../src/api/load.ts';
import { KINDS, type Resources } from '../../src/api/schema.ts';
import { validateResources } from '../../src/api/validate.ts';
import { plan } from '../../src/topology/plan.ts';
import { route } from '../../src/topology/routes.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';

const apiVersion = 'sitesync.dev/v1alpha1';

/** A topology as a person could write it: some hubs, children with one or more of them, folders for some of the sites. */
interface Sketch {
  hubs: string[];
  children: { name: string; hubs: string[]; up: string }[];
  folders: { name: string; sites: string[] | undefined }[];
}

const RATES = ['unlimited', '64kbit', '10mbit'];
const sketch: fc.Arbitrary<Sketch> = fc
  .record({
    hubs: fc.integer({ min: 1, max: 5 }),
    children: fc.array(fc.record({ first: fc.nat(), more: fc.nat(3), rate: fc.nat(2) }), { maxLength: 25 }),
    folders: fc.array(fc.option(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), { nil: undefined }), {
      maxLength: 4,
    }),
  })
  .map(({ hubs: count, children, folders }) => {
    const hubs = Array.from({ length: count }, (_, i) => `hub-${i}`);
    const named = children.map(({ first, more, rate }, i) => ({
      name: `child-${i}`,
      hubs: Array.from({ length: Math.min(count, 1 + more) }, (_, k) => hubs[(first + k) % count]!),
      up: RATES[rate]!,
    }));
    const all = [...hubs, ...named.map((child) => child.name)];
    return {
      hubs,
      children: named,
      folders: folders.map((picks, i) => ({
        name: `folder-${i}`,
        sites: picks && [...new Set(picks.map((pick) => all[pick % all.length]!))],
      })),
    };
  });

function resourcesOf({ hubs, children, folders }: Sketch): Resources {
  const site = (name: string, spec: object) => KINDS.Site.parse({ apiVersion, kind: 'Site', metadata: { name }, spec });
  return {
    sites: [
      ...hubs.map((name) => site(name, {})),
      ...children.map((child) =>
        site(child.name, { hubs: child.hubs.map((name) => ({ name })), link: { up: child.up } }),
      ),
    ],
    hubs: hubs.map((name) => KINDS.Hub.parse({ apiVersion, kind: 'Hub', metadata: { name }, spec: {} })),
    folders: folders.map(({ name, sites }) =>
      KINDS.SyncFolder.parse({
        apiVersion,
        kind: 'SyncFolder',
        metadata: { name },
        spec: sites ? { sites: sites.map((one) => ({ name: one })) } : { selector: {} },
      }),
    ),
  };
}

const byName = (plans: SitePlan[]) => new Map(plans.map((one) => [one.site, one]));

describe('the plan of any valid topology', () => {
  it('lets each site reach each other in at most three hops', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const { sites } = plan(resourcesOf(drawn));
        for (const a of sites)
          for (const b of sites) expect(route(sites, a.site, b.site)?.length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 40 },
    );
  });

  it('has a folder at every hub that one of its members may connect to', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const resources = resourcesOf(drawn);
        expect(validateResources(resources)).toEqual([]);
        const plans = byName(plan(resources).sites);
        for (const [name, one] of plans) {
          for (const folder of one.folders) {
            expect(folder.members).toContain(name);
            for (const link of one.links.filter((l) => l.kind === 'uplink')) {
              expect(plans.get(link.peer)!.folders.some((f) => f.name === folder.name)).toBe(true);
            }
          }
        }
      }),
    );
  });

  it('gives no two processes of a machine one port, and no two sites one number', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const { sites } = plan(resourcesOf(drawn));
        expect(new Set(sites.map((one) => one.id)).size).toBe(sites.length);
        const listening = new Map<string, string>();
        for (const { site, ports, links } of sites) {
          const own = Object.values(ports).map((port) => [port, site] as const);
          // A child's own forwards are shared by its links: only one of them is up.
          const near = links
            .filter((l) => l.dials)
            .flatMap((l) =>
              l.forwards.local.map((f) => [f.listen, l.kind === 'uplink' ? site : `${site}>${l.peer}`] as const),
            );
          const far = links
            .filter((l) => !l.dials)
            .flatMap((l) => l.forwards.remote.map((f) => [f.listen, `${site}<${l.peer}`] as const));
          for (const [port, what] of [...own, ...near, ...far]) {
            const before = listening.get(String(port));
            if (before !== undefined && what === before && near.some(([p]) => p === port)) continue;
            expect(before).toBeUndefined();
            listening.set(String(port), what);
          }
        }
      }),
    );
  });

  it('agrees at both ends of every link', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const plans = byName(plan(resourcesOf(drawn)).sites);
        for (const [name, one] of plans) {
          for (const link of one.links) {
            const other = plans.get(link.peer)!.links.find((l) => l.peer === name)!;
            expect(other.dials).toBe(!link.dials);
            expect(other.forwards).toEqual(link.forwards);
            expect([link.upBytesPerSecond, link.downBytesPerSecond]).toEqual([
              other.downBytesPerSecond,
              other.upBytesPerSecond,
            ]);
          }
        }
      }),
    );
  });

  it('does not depend on the order of the resources', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const resources = resourcesOf(drawn);
        const reversed = {
          sites: resources.sites.toReversed(),
          hubs: resources.hubs.toReversed(),
          folders: resources.folders.toReversed(),
        };
        expect(plan(reversed)).toEqual(plan(resources));
      }),
    );
  });

  it('with remembered ports, one more child changes another site only where they touch', () => {
    fc.assert(
      fc.property(sketch, fc.nat(), (drawn, pick) => {
        const before = plan(resourcesOf(drawn));
        const hub = drawn.hubs[pick % drawn.hubs.length]!;
        const grown = { ...drawn, children: [...drawn.children, { name: 'newcomer', hubs: [hub], up: 'unlimited' }] };
        const after = byName(plan(resourcesOf(grown), { ports: before.ports }).sites);
        for (const old of before.sites) {
          const now = after.get(old.site)!;
          expect({
            ...now,
            sites: [],
            folders: [],
            beatSeconds: 0,
            links: now.links.filter((l) => l.peer !== 'newcomer'),
          }).toEqual({
            ...old,
            sites: [],
            folders: [],
            beatSeconds: 0,
          });
          expect(now.links.some((l) => l.peer === 'newcomer')).toBe(old.site === hub);
        }
      }),
    );
  });
});

describe('the five offices', () => {
  const { sites } = plan(loadResources(['manifests/five-offices.yaml']));

  it('send a file child → hub → hub → child', () => {
    expect(route(sites, 'brazil', 'newzealand')).toEqual(['brazil', 'germany', 'australia', 'newzealand']);
  });

  it('honour the addresses that a person names', () => {
    const resources = loadResources(['manifests/five-offices.yaml']);
    resources.hubs.find((hub) => hub.metadata.name === 'germany')!.spec = {
      address: 'sync.example:2222',
      listen: '0.0.0.0:2200',
    };
    resources.sites.find((site) => site.metadata.name === 'spain')!.spec.hubs[0]!.address = '[::1]:99';
    const plans = byName(plan(resources).sites);
    expect(plans.get('germany')!.listen).toEqual({ host: '0.0.0.0', port: 2200 });
    expect(plans.get('germany')!.ports.ssh).toBe(2200);
    expect(plans.get('brazil')!.links[0]!.address).toEqual({ host: 'sync.example', port: 2222 });
    expect(plans.get('spain')!.links[0]!.address).toEqual({ host: '::1', port: 99 });
  });
});
