import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadResources } from '../../src/api/load.ts';
import { validateResources } from '../../src/api/validate.ts';
import { plan } from '../../src/topology/plan.ts';
import { route } from '../../src/topology/routes.ts';
import type { LinkPlan, SitePlan } from '../../src/topology/site-plan.ts';
import { resourcesOf, type Sketch, sketch } from './sketch.ts';

const byName = (plans: SitePlan[]) => new Map(plans.map((one) => [one.site, one]));

it('has the sign-in settings of a Site, but not the location of their secret', () => {
  const oidc = { issuer: 'https://login.example', clientId: 'page', url: 'https://files.example', secretName: 'hush' };
  const sketched = loadResources(['manifests/five-offices.yaml']);
  const [first, ...others] = sketched.sites;
  const sites = [{ ...first!, spec: { ...first!.spec, page: { oidc } } }, ...others];
  for (const pods of [true, false]) {
    const plans = plan({ ...sketched, sites }, { pods }).sites;
    const one = plans.find(({ site }) => site === first!.metadata.name);
    const more = plans.filter((other) => other !== one);
    expect(one?.oidc).toEqual({ issuer: 'https://login.example', clientId: 'page', url: 'https://files.example' });
    expect(more.filter((other) => 'oidc' in other)).toEqual([]);
    expect(JSON.stringify(one)).not.toContain('hush');
  }
});

it('redirects users who sign in with a provider to the host of the page, unless an address is set', () => {
  const sketched = loadResources(['manifests/five-offices.yaml']);
  const [first, ...others] = sketched.sites;
  const urlOf = (page: { host?: string; url?: string }) => {
    const { url, ...rest } = page;
    const oidc = { issuer: 'https://login.example', clientId: 'page', ...(url !== undefined && { url }) };
    const sites = [{ ...first!, spec: { ...first!.spec, page: { ...rest, oidc } } }, ...others];
    const { sites: plans } = plan({ ...sketched, sites }, { pods: true });
    return plans.find(({ site }) => site === first!.metadata.name)?.oidc?.url;
  };
  const host = 'files.brazil.example';
  expect(urlOf({ host })).toBe(`https://${host}`);
  expect(urlOf({ host, url: 'https://sync.acme.example:8443' })).toBe('https://sync.acme.example:8443');
  expect(urlOf({ url: 'https://sync.acme.example' })).toBe('https://sync.acme.example');
});

describe('the plan of any valid topology', () => {
  it('connects every two sites in at most three hops', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const { sites } = plan(resourcesOf(drawn));
        for (const a of sites)
          for (const b of sites) expect(route(sites, a.site, b.site)?.length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 40 },
    );
  });

  it('has a folder at every hub to which one of its members may connect', () => {
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

  it('gives no two processes of a machine the same port, and no two sites the same number', () => {
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

  it('with remembered ports, adding, removing and re-adding a site affects another only where they are related', () => {
    fc.assert(
      fc.property(sketch, fc.nat(), (drawn, pick) => {
        const newcomer = { name: 'newcomer', hubs: [drawn.hubs[pick % drawn.hubs.length]!], up: 'unlimited' };
        const grown = { ...drawn, children: [...drawn.children, newcomer] };
        const before = plan(resourcesOf(drawn));
        const joined = plan(resourcesOf(grown), { ports: before.ports });
        const without = plan(resourcesOf(drawn), { ports: joined.ports });
        const again = plan(resourcesOf(grown), { ports: without.ports });
        expect(without.sites).toEqual(before.sites);
        expect(again.sites).toEqual(joined.sites);
        const now = byName(joined.sites);
        for (const old of before.sites) {
          expect(apartFrom('newcomer', now.get(old.site)!)).toEqual(apartFrom('newcomer', old));
          expect(now.get(old.site)!.links.some((l) => l.peer === 'newcomer')).toBe(old.site === newcomer.hubs[0]);
        }
      }),
    );
  });

  it('with remembered ports, changing the hubs and rates of a child affects only itself and those hubs', () => {
    fc.assert(
      fc.property(
        sketch.filter(({ children }) => children.length > 0),
        fc.nat(),
        (drawn, pick) => {
          const child = drawn.children[pick % drawn.children.length]!;
          const changed = { ...child, hubs: [drawn.hubs[pick % drawn.hubs.length]!], up: '10mbit' };
          const moved: Sketch = { ...drawn, children: drawn.children.map((one) => (one === child ? changed : one)) };
          const before = plan(resourcesOf(drawn));
          const after = byName(plan(resourcesOf(moved), { ports: before.ports }).sites);
          expect(after.get(child.name)!.ports).toEqual(byName(before.sites).get(child.name)!.ports);
          for (const old of before.sites.filter(({ site }) => site !== child.name))
            expect(apartFrom(child.name, after.get(old.site)!)).toEqual(apartFrom(child.name, old));
        },
      ),
    );
  });

  it('with remembered ports, removing a hub affects only its own links', () => {
    fc.assert(
      fc.property(
        sketch.filter(({ hubs }) => hubs.length > 1),
        (drawn) => {
          const [gone, ...hubs] = drawn.hubs;
          const children = drawn.children
            .map((child) => ({ ...child, hubs: child.hubs.filter((name) => name !== gone) }))
            .filter((child) => child.hubs.length > 0);
          const folders = drawn.folders.map(({ name }) => ({ name, sites: undefined }));
          const before = plan(resourcesOf({ ...drawn, folders }));
          const after = plan(resourcesOf({ hubs, children, folders }), { ports: before.ports });
          const old = byName(before.sites);
          const present = new Set(after.sites.map(({ site }) => site));
          for (const one of after.sites) {
            const was = old.get(one.site)!;
            const links = was.links.filter(({ peer }) => present.has(peer));
            // A backup moves up when the home hub is gone.
            const ports = ({ peer, peerMysql, peerRsync, forwards }: LinkPlan) => ({
              peer,
              peerMysql,
              peerRsync,
              forwards,
            });
            expect(one.links.map(ports)).toEqual(links.map(ports));
            expect(one.ports).toEqual(was.ports);
          }
        },
      ),
    );
  });
});

/** A plan without what another site may change: its links with that site, the roster, the members, the inline budget. */
function apartFrom(other: string, plan: SitePlan): object {
  return {
    ...plan,
    sites: undefined,
    inline: undefined,
    beatSeconds: undefined,
    links: plan.links.filter(({ peer }) => peer !== other),
    // A hub may start or stop relaying what that site shares.
    folders: plan.folders.filter(({ mode }) => mode !== 'relay').map((folder) => ({ ...folder, members: undefined })),
  };
}

describe('the five offices', () => {
  const { sites } = plan(loadResources(['manifests/five-offices.yaml']));

  it('sync a file child → hub → hub → child', () => {
    expect(route(sites, 'brazil', 'newzealand')).toEqual(['brazil', 'germany', 'australia', 'newzealand']);
  });

  it('use configured addresses', () => {
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
