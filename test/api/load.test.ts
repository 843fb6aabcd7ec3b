import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadResources } from '../../src/api/load.ts';
import { durationSeconds, rateBytesPerSecond, sizeBytes } from '../../src/api/quantity.ts';
import { InvalidInput } from '../../src/base/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'sitesync-api-'));
const HEAD = 'apiVersion: sitesync.dev/v1alpha1\n';
const site = (name: string, spec = '') => `${HEAD}kind: Site\nmetadata: {name: ${name}}\n${spec && `spec: ${spec}\n`}`;
const hub = (name: string, spec = '') => `${HEAD}kind: Hub\nmetadata: {name: ${name}}\n${spec && `spec: ${spec}\n`}`;
const folderOf = (name: string, spec: string) => `${HEAD}kind: SyncFolder\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** The messages that these documents of one file get, without the name of the file. */
function errorsOf(...documents: string[]): string[] {
  const file = join(folder, 'network.yaml');
  writeFileSync(file, documents.join('---\n'));
  try {
    loadResources([file]);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.message.split('\n').map((line) => line.replace(`${file}:`, ''));
  }
  return [];
}

const germany = [site('germany'), hub('germany')];

describe('every error names line, object, field, reason and remedy', () => {
  it.each<[string, string[], string]>([
    [
      'an unknown field',
      [...germany, site('brazil', '{hubs: [{name: germany}], hubb: 1}')],
      '12: Site/brazil spec.hubb: there is no such field. Did you mean "hubs"? Otherwise remove it',
    ],
    [
      'an unknown hub',
      [...germany, site('brazil', '{hubs: [{name: germani}]}')],
      '12: Site/brazil spec.hubs[0].name: there is no hub "germani". Correct the name, or write a Site and a Hub of it',
    ],
    [
      'a child without a hub',
      [...germany, site('brazil')],
      '9: Site/brazil spec.hubs: it has no hub. List the hubs it may connect to, the preferred first; or write a Hub of its name',
    ],
    [
      'a hub with a hub',
      [...germany, site('spain', '{hubs: [{name: germany}]}'), hub('spain')],
      '12: Site/spain spec.hubs: it is a hub itself (Hub/spain), and a hub has no hub: hubs are all linked with each other. Remove its hubs, or the Hub of its name',
    ],
    [
      'a hub without a site',
      [...germany, hub('spain')],
      '11: Hub/spain metadata.name: there is no Site of this name. Write the Site that plays this role',
    ],
    [
      'a reserved name',
      [...germany, folderOf('local', '{selector: {}}')],
      '11: SyncFolder/local metadata.name: this name is reserved. Choose another name',
    ],
    [
      'a malformed address',
      [site('germany'), hub('germany', '{address: nowhere}')],
      '8: Hub/germany spec.address: is no address. Write it as host:port, an IPv6 address in brackets',
    ],
    [
      'a malformed rate',
      [...germany, site('brazil', '{hubs: [{name: germany}], link: {up: fast}}')],
      '12: Site/brazil spec.link.up: is no rate. Write it like 64kbit, 10mbit, 1gbit or unlimited',
    ],
    [
      'two storages',
      [site('germany', '{storage: {size: 1Gi, path: /srv}}'), hub('germany')],
      '4: Site/germany spec.storage: names more than one storage. Keep one of size, claimName and path',
    ],
    [
      'a folder of nobody',
      [...germany, folderOf('f', '{selector: {matchLabels: {a: b}}}')],
      '12: SyncFolder/f spec.selector: no site shares it. Write "selector: {}" for all sites, matchLabels for some, or list them in sites',
    ],
    [
      'an unknown site in a folder',
      [...germany, folderOf('f', '{selector: {}, sites: [{name: x}]}')],
      '12: SyncFolder/f spec.sites[0].name: there is no site "x". Correct the name, or write the Site',
    ],
    [
      'an unknown kind',
      [`${HEAD}kind: Thing\nmetadata: {name: x}\n`],
      '2: Thing/x kind: has the unknown kind "Thing". Write Site, Hub or SyncFolder',
    ],
    [
      'an unknown version',
      ['apiVersion: v1\nkind: Site\nmetadata: {name: x}\n'],
      '1: Site/x apiVersion: has the unknown API version "v1". Write sitesync.dev/v1alpha1',
    ],
    [
      'another namespace',
      [...germany, `${HEAD}kind: SyncFolder\nmetadata: {name: f, namespace: other}\nspec: {selector: {}}\n`],
      '11: SyncFolder/f metadata.namespace: is in the namespace "other", others are in "default". A namespace is one sync network: run one at a time',
    ],
  ])('%s', (_, documents, message) => {
    expect(errorsOf(...documents)).toEqual([message]);
  });

  it('a duplicate name, and where the first is', () => {
    expect(errorsOf(...germany, site('germany')).at(0)).toMatch(
      /^11: Site\/germany metadata\.name: there is another Site of this name \(the first is in .*, line 3\)\. Give each its own name$/,
    );
  });

  it('a loop of hubs, at both', () => {
    const errors = errorsOf(site('a', '{hubs: [{name: b}]}'), site('b', '{hubs: [{name: a}]}'));
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain('"b" names this site as its hub in turn: that is a loop');
  });

  it('overlapping folder paths', () => {
    const two = [
      folderOf('f', '{sites: [{name: germany, path: /srv/a}]}'),
      folderOf('g', '{sites: [{name: germany, path: /srv/a/b/}]}'),
    ];
    expect(errorsOf(...germany, ...two)).toEqual([
      '17: SyncFolder/g spec.sites[0].path: at germany its path /srv/a/b overlaps with /srv/a of SyncFolder/f. Give each folder a path of its own, none inside another',
    ]);
  });

  it('two hubs on one port', () => {
    const listen = '{listen: "127.0.0.1:2222"}';
    expect(errorsOf(site('a'), hub('a', listen), site('b'), hub('b', listen))).toEqual([
      '17: Hub/b spec.listen: Hub/a listens there too. Give each hub its own port',
    ]);
  });

  it('all of all files together', () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'a: [\n');
    const other = join(folder, 'other.yaml');
    writeFileSync(other, site('Brazil', '{x: 1}'));
    expect.assertions(3);
    try {
      loadResources([broken, other, join(folder, 'missing.yaml')]);
    } catch (error) {
      const { problems } = error as InvalidInput;
      expect(new Set(problems.map((p) => p.file?.split('/').at(-1)))).toEqual(
        new Set(['broken.yaml', 'other.yaml', 'missing.yaml']),
      );
      expect(problems.length).toBeGreaterThanOrEqual(4);
      expect(problems.every((p) => p.reason && p.remedy)).toBe(true);
    }
  });
});

it('reads quantities', () => {
  expect([sizeBytes('200Gi'), sizeBytes('5M'), sizeBytes('7')]).toEqual([200 * 2 ** 30, 5e6, 7]);
  expect([durationSeconds('365d'), durationSeconds('15m')]).toEqual([31_536_000, 900]);
  expect([rateBytesPerSecond('64kbit'), rateBytesPerSecond('1gbit'), rateBytesPerSecond('unlimited')]).toEqual([
    8000,
    125e6,
    undefined,
  ]);
});
