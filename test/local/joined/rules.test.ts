import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import { dataDir } from '../../../src/local/data-dir.ts';
import { checkAlive, chooseBundle } from '../../../src/local/joined/choose-bundle.ts';
import {
  instanceOf,
  isFromOtherMachine,
  isTaken,
  keyMark,
  movedHere,
  readJoined,
  writeJoined,
} from '../../../src/local/joined/identity.ts';
import { choosePorts, localPorts, withPorts } from '../../../src/local/joined/ports.ts';
import { issueSite } from '../../../src/pki/keys.ts';
import { plan } from '../../../src/topology/plan.ts';
import { planHash } from '../../../src/topology/plan-hash.ts';
import { ownPlan, type Roster } from '../../../src/topology/roster.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const DAY = 86_400_000;
const [, laptop] = (() => {
  const resources = resourcesOf({
    hubs: ['office'],
    children: [{ name: 'laptop', hubs: ['office'], up: 'unlimited' }],
    folders: [],
  });
  resources.sites.find(({ metadata }) => metadata.name === 'laptop')!.spec.placement = { external: true };
  resources.hubs[0]!.spec.address = 'sync.example:2222';
  const { sites } = plan(resources, { pods: true });
  return [sites, sites.find(({ site }) => site === 'laptop')!] as const;
})();

let temp: string;
let keys: Record<'first' | 'second', Bundle['files']>;
beforeAll(async () => {
  temp = mkdtempSync(join(tmpdir(), 'sitesync-rules-'));
  const make = async (name: string) => {
    const dir = join(temp, name);
    await issueSite(join(temp, 'ca'), { site: 'laptop', role: 'child', external: true }, dir);
    const read = (file: string) => readFileSync(join(dir, file), 'utf8');
    return {
      user_key: read('user_key'),
      'user_key-cert.pub': read('user_key-cert.pub'),
      'ca.pub': read('ca.pub'),
      known_hosts: read('known_hosts'),
      'secrets.json': '{}',
    };
  };
  keys = { first: await make('first'), second: await make('second') };
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const bundle = (over: Partial<Bundle> = {}): Bundle => ({
  network: 'acme',
  site: 'laptop',
  issue: 5,
  madeAt: 1000,
  renewal: `${'A'.repeat(43)}=`,
  plan: ownPlan(laptop),
  roll: {} as Roster,
  files: keys.first,
  ...over,
});
const other = `${'B'.repeat(43)}=`;

describe('the bundle that a data folder continues with', () => {
  const choose = (present: Bundle | undefined, given: Bundle | undefined) =>
    chooseBundle(present, given && { bundle: given, file: 'my.bundle' }, '/data');

  it('is the newer one with the same keys, whichever is given', () => {
    const [older, newer] = [bundle(), bundle({ issue: 6 })];
    expect(choose(undefined, older)).toBe(older);
    expect(choose(older, newer)).toBe(newer);
    expect(choose(newer, older)).toBe(newer);
    expect(choose(newer, undefined)).toBe(newer);
  });

  it('is the one with new keys, whatever its issue; and never again one with the previous keys', () => {
    const renewed = bundle({ issue: 1, renewal: other, madeAt: 2000, files: keys.second });
    expect(choose(bundle(), renewed)).toBe(renewed);
    expect(() => choose(renewed, bundle({ issue: 9 }))).toThrow(
      /my\.bundle: contains keys that have since been replaced/,
    );
  });

  it.each<[string, () => Bundle | undefined, () => Bundle | undefined, RegExp]>([
    [
      'none',
      () => undefined,
      () => undefined,
      /\/data: contains no site that has joined. Specify a bundle: sitesync join FILE/,
    ],
    [
      'another site',
      bundle,
      () => bundle({ site: 'desktop' }),
      /my\.bundle: is for the site "desktop" of the network "acme", but \/data contains the site "laptop"/,
    ],
    ['another network', bundle, () => bundle({ network: 'other' }), /network "other".*--data/],
    [
      'another network of the same name',
      bundle,
      () => bundle({ renewal: other, madeAt: 2000, files: { ...keys.second, 'ca.pub': 'ssh-ed25519 AAAA other\n' } }),
      /is for another network also called "acme"/,
    ],
  ])('of %s is told in one sentence', (_, present, given, message) => {
    expect(() => choose(present(), given())).toThrow(message);
  });

  it('is rejected with a remedy when expired', () => {
    expect(() => checkAlive(bundle(), 'my.bundle', Date.now())).not.toThrow();
    expect(() => checkAlive(bundle(), 'my.bundle', Date.now() + 91 * DAY)).toThrow(
      /my\.bundle: expired on 20\d\d-\d\d-\d\d\. Create a new one: npx sitesync bundle laptop -n acme/,
    );
  });
});

describe('the machine that is the site', () => {
  it('is remembered; a copy of the data folder on another machine is noticed, and continues with new keys only', () => {
    const data = dataDir(join(temp, 'here'));
    const made = readJoined(data);
    expect(readJoined(data).id).not.toBe(made.id);
    const there = dataDir(temp);
    writeJoined(there, { ...made, admitted: keyMark(bundle()) });
    expect(readJoined(there)).toEqual({ ...made, admitted: keyMark(bundle()) });
    expect(isFromOtherMachine(made)).toBe(false);
    expect(isFromOtherMachine({ ...made, machine: 'another' })).toBe(true);
    const moved = movedHere({ ...made, machine: 'another', admitted: 'x' });
    expect(isFromOtherMachine(moved)).toBe(false);
    expect(moved).not.toHaveProperty('admitted');
    expect(moved.id).not.toBe(made.id);
    writeFileSync(there.joined, '{"id": 1}');
    expect(() => readJoined(there)).toThrow(/joined\.json: is corrupt/);
  });

  it('is the first one with a key; another key is free', () => {
    const [first, second] = [
      { id: '1'.repeat(16), machine: '' },
      { id: '2'.repeat(16), machine: '' },
    ];
    const [old, renewed] = [bundle(), bundle({ files: keys.second })];
    expect(isTaken(instanceOf(old, first), undefined)).toBe(false);
    expect(isTaken(instanceOf(old, first), instanceOf(old, first))).toBe(false);
    expect(isTaken(instanceOf(old, second), instanceOf(old, first))).toBe(true);
    expect(isTaken(instanceOf(renewed, second), instanceOf(old, first))).toBe(false);
    expect(instanceOf(old, first).length).toBeLessThanOrEqual(64);
  });
});

describe('the ports of this machine', () => {
  it('are those of the plan if free, others if not, and stay the same', async () => {
    const planned = localPorts(laptop);
    expect(Object.keys(planned)).toHaveLength(6);
    await fc.assert(
      fc.asyncProperty(fc.subarray(Object.values(planned)), async (busy) => {
        const isFree = async (port: number) => !busy.includes(port);
        const chosen = await choosePorts(laptop, {}, isFree);
        expect(new Set(Object.values(chosen)).size).toBe(6);
        for (const [name, port] of Object.entries(chosen)) {
          expect(busy).not.toContain(port);
          if (!busy.includes(planned[name]!) && !busy.some((one) => one < planned[name]! && planned[name]! - one < 6))
            expect(port).toBe(planned[name]);
        }
        expect(await choosePorts(laptop, chosen, async () => false)).toEqual(chosen);
      }),
    );
  });

  it('change nothing that a hub sees, and the operator recognises the plan', async () => {
    const ports = Object.fromEntries(Object.keys(localPorts(laptop)).map((name, i) => [name, 40_000 + i]));
    const moved = withPorts(laptop, ports);
    const [before] = laptop.links;
    const [after] = moved.links;
    expect(after!.forwards.local.map(({ to }) => to)).toEqual(before!.forwards.local.map(({ to }) => to));
    expect(after!.forwards.remote.map(({ listen }) => listen)).toEqual(
      before!.forwards.remote.map(({ listen }) => listen),
    );
    expect(after!.forwards.local.map(({ listen }) => listen)).toEqual([after!.peerMysql, after!.peerRsync]);
    expect(after!.forwards.remote.map(({ to }) => to)).toEqual([moved.ports.mysql, moved.ports.rsync]);
    expect(moved.page).toEqual({ host: '127.0.0.1', port: ports['laptop/page'] });
    expect(planHash(moved)).toBe(planHash(laptop));
    expect(planHash({ ...moved, planned: undefined as never })).not.toBe(planHash(laptop));
    expect(withPorts({ ...laptop, page: { host: '0.0.0.0', port: 8443 } }, ports).page).toEqual({
      host: '0.0.0.0',
      port: 8443,
    });
  });
});
