import { describe, expect, it } from 'vitest';
import { KINDS, type Resources } from '../../src/api/schema.ts';
import { describePlan } from '../../src/topology/describe.ts';
import { siteId } from '../../src/topology/ids.ts';
import { BUILT_IN_IGNORE } from '../../src/topology/ignored.ts';
import { plan } from '../../src/topology/plan.ts';
import { assignPorts, nextLedger, PORTS } from '../../src/topology/ports.ts';
import { route } from '../../src/topology/routes.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';

const apiVersion = 'sitesync.dev/v1alpha1';
const site = (name: string, spec: object = {}, labels: Record<string, string> = {}) =>
  KINDS.Site.parse({ apiVersion, kind: 'Site', metadata: { name, labels }, spec });
const hub = (name: string, spec: object = {}) => KINDS.Hub.parse({ apiVersion, kind: 'Hub', metadata: { name }, spec });
const folder = (name: string, spec: object) =>
  KINDS.SyncFolder.parse({ apiVersion, kind: 'SyncFolder', metadata: { name }, spec });
const of = (plans: SitePlan[], name: string) => plans.find((one) => one.site === name)!;

/** Hubs a and b, child c of a (then b), child d of b. */
function network(change: Partial<Resources> = {}): Resources {
  return {
    sites: [
      site('a', {}, { size: 'big' }),
      site('b'),
      site('c', { hubs: [{ name: 'a' }, { name: 'b' }] }, { size: 'big' }),
      site('d', { hubs: [{ name: 'b' }] }),
    ],
    hubs: [hub('a'), hub('b')],
    folders: [],
    ...change,
  };
}

describe('folders', () => {
  const modes = (resources: Resources) =>
    Object.fromEntries(plan(resources).sites.map((one) => [one.site, one.folders.map(({ mode }) => mode).join()]));

  it.each<[string, object, Record<string, string>]>([
    ['all sites', { selector: {} }, { a: 'readWrite', b: 'readWrite', c: 'readWrite', d: 'readWrite' }],
    [
      'those with the labels',
      { selector: { matchLabels: { size: 'big' } } },
      { a: 'readWrite', b: 'relay', c: 'readWrite', d: '' },
    ],
    ['those in the list', { sites: [{ name: 'd', mode: 'sendOnly' }] }, { a: '', b: 'relay', c: '', d: 'sendOnly' }],
    [
      'both together',
      { selector: { matchLabels: { size: 'big' } }, sites: [{ name: 'b', mode: 'receiveOnly' }] },
      { a: 'readWrite', b: 'receiveOnly', c: 'readWrite', d: '' },
    ],
  ])('%s', (_, spec, expected) => {
    expect(modes(network({ folders: [folder('f', spec)] }))).toEqual(expected);
  });

  it('are where the SyncFolder says, else below the storage of the Site, else in the default place', () => {
    const { sites } = plan({
      sites: [site('a', { storage: { path: '/srv//files/' } })],
      hubs: [hub('a')],
      folders: [folder('f', { selector: {} }), folder('g', { sites: [{ name: 'a', path: '/data/g/' }] })],
    });
    expect(sites[0]!.folders.map(({ path }) => path)).toEqual(['/srv/files/f', '/data/g']);
    const elsewhere = plan(network({ folders: [folder('f', { selector: {} })] }));
    expect(elsewhere.sites[0]!.folders[0]).toEqual({
      name: 'f',
      mode: 'readWrite',
      versions: { keep: 20, maxAgeSeconds: 31_536_000, maxBytes: 50 * 2 ** 30 },
      freshnessSeconds: 900,
      verifySeconds: 2_592_000,
      ignore: BUILT_IN_IGNORE,
      members: ['a', 'b', 'c', 'd'],
    });
  });
});

describe('rates', () => {
  const isdn = network({
    sites: [
      ...network().sites.slice(0, 3),
      site('d', { hubs: [{ name: 'b' }], link: { up: '64kbit', down: '512kbit' } }),
    ],
  });

  it('are the minimum of what one side may send and the other receive', () => {
    const { sites } = plan(isdn);
    expect(of(sites, 'd').links[0]).toMatchObject({
      kind: 'uplink',
      upBytesPerSecond: 8000,
      downBytesPerSecond: 64_000,
      compress: true,
    });
    expect(of(sites, 'b').links.find(({ peer }) => peer === 'd')).toMatchObject({
      kind: 'downlink',
      upBytesPerSecond: 64_000,
      downBytesPerSecond: 8000,
      compress: true,
    });
    const trunk = of(sites, 'a').links.find(({ peer }) => peer === 'b')!;
    expect(trunk).toMatchObject({ kind: 'trunk', dials: true, compress: false });
    expect(trunk).not.toHaveProperty('upBytesPerSecond');
  });

  it('of hubs apply to their trunks too', () => {
    const slow = network({
      sites: [
        site('a', { link: { up: '10mbit', down: '1gbit' } }),
        site('b', { link: { up: '100mbit', down: '20mbit' } }),
      ],
    });
    expect(of(plan(slow).sites, 'a').links[0]).toMatchObject({
      upBytesPerSecond: 1.25e6,
      downBytesPerSecond: 12.5e6,
      compress: true,
    });
  });

  it('limit the budget of inline contents', () => {
    expect(plan(network()).sites[0]!.inline).toEqual({
      maxBytes: 131_072,
      bytesPerSecond: 8 * 2 ** 20,
      burstBytes: 16 * 2 ** 20,
    });
    expect(plan(isdn).sites[0]!.inline).toEqual({ maxBytes: 2000, bytesPerSecond: 800, burstBytes: 3200 });
    const modem = network({ sites: [site('a', { link: { up: '1kbit' } }), site('b')] });
    expect(plan(modem).sites[0]!.inline).toEqual({ maxBytes: 512, bytesPerSecond: 13, burstBytes: 512 });
  });
});

it('heartbeats are less frequent in a large network', () => {
  const many = Array.from({ length: 96 }, (_, i) => site(`e${i}`, { hubs: [{ name: 'a' }] }));
  expect(plan(network()).sites[0]!.beatSeconds).toBe(48);
  expect(plan(network({ sites: [...network().sites, ...many] })).sites[0]!.beatSeconds).toBe(800);
});

describe('ports', () => {
  const none = { fixed: {}, foreign: [] };

  it('avoid an address on this machine, where a tunnel or proxy listens', () => {
    const { ports } = plan(network());
    const proxy = ports['c/mysql']!;
    const sites = network().sites.map((one) =>
      one.metadata.name === 'c' ? site('c', { hubs: [{ name: 'a', address: `127.0.0.1:${proxy}` }] }) : one,
    );
    const fresh = plan({ ...network(), sites });
    expect(Object.values(fresh.ports)).not.toContain(proxy);
    expect(of(fresh.sites, 'c').links[0]!.address).toEqual({ host: '127.0.0.1', port: proxy });
    expect(plan({ ...network(), sites }, { ports }).ports['c/mysql']).toBe(proxy);
    const remote = network({ hubs: [hub('a', { address: `sync.example:${proxy}` }), hub('b')] });
    expect(plan(remote).ports['c/mysql']).toBe(proxy);
  });

  it('give way to a port that a user set', () => {
    const { ports } = plan(network());
    const wanted = ports['d/rsync']!;
    const after = plan(network({ hubs: [hub('a', { listen: `0.0.0.0:${wanted}` }), hub('b')] }), { ports });
    expect(after.ports['a/ssh']).toBe(wanted);
    expect(after.ports['d/rsync']).not.toBe(wanted);
    const moved = Object.keys(ports).filter((name) => after.ports[name] !== ports[name]);
    expect(moved.toSorted()).toEqual(['a/ssh', 'd/rsync']);
  });

  it('are not taken by a name that returns', () => {
    const [port] = Object.values(assignPorts(['x'], none, {}));
    const ledger = { gone: port! };
    const now = assignPorts(['x'], none, ledger);
    expect(now).toEqual({ x: port });
    const known = nextLedger(now, ledger);
    const back = assignPorts(['gone', 'x'], none, known);
    expect(back['x']).toBe(port);
    expect(back['gone']).not.toBe(port);
  });

  it('running out of them is a problem, not an endless search', () => {
    const hubs = Array.from({ length: 16 }, (_, i) => `hub-${i}`);
    const list = hubs.map((name) => ({ name }));
    const children = Array.from({ length: 700 }, (_, i) => site(`child-${i}`, { hubs: list }));
    const large = plan({
      sites: [...hubs.map((name) => site(name)), ...children],
      hubs: hubs.map((name) => hub(name)),
      folders: [],
    });
    expect(large.sites).toEqual([]);
    expect(large.problems).toEqual([
      {
        reason: expect.stringMatching(
          new RegExp(`^the network needs [0-9]+ ports on one machine, but only ${PORTS} are available$`),
        ),
        remedy: 'Give its sites fewer backup hubs, or split the network',
      },
    ]);
    const names = Array.from({ length: PORTS }, (_, i) => `n${i}`);
    expect(new Set(Object.values(assignPorts(names, none, {}))).size).toBe(PORTS);
  });
});

it('two names with the same number are reported', () => {
  const seen = new Map<number, string>();
  let pair: [string, string] | undefined;
  for (let i = 0; !pair; i++) {
    const id = siteId(`s${i}`);
    const other = seen.get(id);
    if (other !== undefined) pair = [other, `s${i}`];
    seen.set(id, `s${i}`);
  }
  const [one, other] = pair.toSorted();
  expect(plan({ sites: [site(one!), site(other!)], hubs: [hub(one!), hub(other!)], folders: [] })).toEqual({
    sites: [],
    ports: {},
    problems: [
      {
        object: `Site/${other}`,
        field: 'metadata.name',
        reason: `it has the same number as Site/${one} (numbers are derived from names)`,
        remedy: 'Rename one of them',
      },
    ],
  });
});

describe('the description of a plan', () => {
  const { sites, ports } = plan(network({ folders: [folder('f', { sites: [{ name: 'c' }] })] }));
  const shown = describePlan(sites);

  it('shows what runs, from whom it pulls and what it shares', () => {
    expect(shown.sites[0]).toEqual({
      name: 'a',
      role: 'hub',
      processes: [
        { process: 'mysql', port: ports['a/mysql'] },
        { process: 'rsyncd', port: ports['a/rsync'] },
        { process: 'sshd', port: ports['a/ssh'] },
        { process: 'link to b' },
        { process: 'agent', port: ports['a/api'] },
      ],
      pullsFrom: [
        { site: 'b', through: `ssh to 127.0.0.1:${ports['b/ssh']}` },
        { site: 'c', through: 'the connection that c makes' },
      ],
      folders: [{ name: 'f', mode: 'relay' }],
    });
    expect(shown.sites[2]!.pullsFrom).toEqual([
      { site: 'a', through: `ssh to 127.0.0.1:${ports['a/ssh']}` },
      { site: 'b', through: `ssh to 127.0.0.1:${ports['b/ssh']}, if no earlier hub responds` },
    ]);
  });

  it('shows the route between every two sites', () => {
    expect(shown.routes.map(({ path }) => path.join(' '))).toEqual(['a b', 'a c', 'a b d', 'b a c', 'b d', 'c a b d']);
    expect(route(sites, 'd', 'c')).toEqual(['d', 'b', 'a', 'c']);
    expect(route(sites, 'a', 'nowhere')).toBeUndefined();
  });
});
