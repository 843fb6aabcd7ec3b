import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadResources } from '../../src/api/load.ts';
import { overlapsBetweenSites } from '../../src/api/overlaps.ts';
import { durationSeconds, quantity, rateBytesPerSecond, sizeBytes } from '../../src/api/quantity.ts';
import { formatInputProblem, InvalidInput } from '../../src/base/invalid-input.ts';

const folder = mkdtempSync(join(tmpdir(), 'sitesync-api-'));
const HEAD = 'apiVersion: sitesync.dev/v1alpha1\n';
const site = (name: string, spec = '') => `${HEAD}kind: Site\nmetadata: {name: ${name}}\n${spec && `spec: ${spec}\n`}`;
const hub = (name: string, spec = '') => `${HEAD}kind: Hub\nmetadata: {name: ${name}}\n${spec && `spec: ${spec}\n`}`;
const folderOf = (name: string, spec: string) => `${HEAD}kind: SyncFolder\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** The messages for these documents of one file, without the file name. */
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
      '12: Site/brazil spec.hubb: is not a known field. Did you mean "hubs"? Otherwise remove it',
    ],
    [
      'a field that belongs elsewhere',
      [site('germany'), hub('germany', '{hubs: [], adress: "a:1"}')],
      '8: Hub/germany spec.hubs: is not a known field. Remove it|8: Hub/germany spec.adress: is not a known field. Did you mean "address"? Otherwise remove it',
    ],
    [
      'a provider that does not know where to send people back to',
      [
        ...germany,
        site('brazil', '{hubs: [{name: germany}], page: {oidc: {issuer: "https://a.example", clientId: b}}}'),
      ],
      '12: Site/brazil spec.page.oidc.url: the provider needs an address to redirect to. Set url, such as https://files.brazil.example, or host in page',
    ],
    ['a missing name', [`${HEAD}kind: Site\n`], '1: Site metadata: is missing. Add it'],
    [
      'a name that is none',
      [...germany, site('Brazil', '{hubs: [{name: germany}]}')],
      '11: Site/Brazil metadata.name: is not a valid name. Use lowercase letters, digits and "-", starting with a letter and not ending with "-"',
    ],
    [
      'a name too long',
      [...germany, site('b'.repeat(41), '{hubs: [{name: germany}]}')],
      `11: Site/${'b'.repeat(41)} metadata.name: is longer than 40 characters. Shorten it`,
    ],
    [
      'a number for a text',
      [`${HEAD}kind: Site\nmetadata: {name: germany, labels: {floor: 1}}\n`, hub('germany')],
      '3: Site/germany metadata.labels.floor: is not text. Put it in quotes',
    ],
    [
      'a field without a value',
      [site('germany', '\n  storage:'), hub('germany')],
      '5: Site/germany spec.storage: is empty. Write an object, or remove the field',
    ],
    [
      'an unknown mode',
      [...germany, folderOf('f', '{sites: [{name: germany, mode: rw}]}')],
      '12: SyncFolder/f spec.sites[0].mode: must be one of readWrite, receiveOnly, sendOnly. Use one of these',
    ],
    [
      'a number out of bounds',
      [...germany, folderOf('f', '{selector: {}, versions: {keep: -1}}')],
      '12: SyncFolder/f spec.versions.keep: is too small. Write at least 0',
    ],
    [
      'a list too long',
      [...germany, site('brazil', `{hubs: [${Array.from({ length: 17 }, () => '{name: germany}').join()}]}`)],
      '12: Site/brazil spec.hubs: is too long. Write at most 16 entries',
    ],
    [
      'a malformed size',
      [site('germany', '{storage: {size: 10GB}}'), hub('germany')],
      '4: Site/germany spec.storage.size: is not a size. Write it like 200Gi, 500M or 1024',
    ],
    [
      'a size of no disk',
      [site('germany', '{storage: {size: 9Pi}}'), hub('germany')],
      '4: Site/germany spec.storage.size: is too large. Use at most 8Pi',
    ],
    [
      'a malformed duration',
      [...germany, folderOf('f', '{selector: {}, freshness: {target: 1y}}')],
      '12: SyncFolder/f spec.freshness.target: is not a duration. Write it like 30s, 15m, 12h or 365d',
    ],
    [
      'a duration without end',
      [...germany, folderOf('f', '{selector: {}, versions: {maxAge: 999999999d}}')],
      '12: SyncFolder/f spec.versions.maxAge: is longer than 100 years. Use at most 36500d',
    ],
    [
      'a line that carries nothing',
      [...germany, site('brazil', '{hubs: [{name: germany}], link: {up: 0kbit}}')],
      '12: Site/brazil spec.link.up: is not a rate. Write it like 64kbit, 10mbit, 1gbit or unlimited',
    ],
    [
      'a host that ssh would take for an option',
      [site('germany'), hub('germany', '{address: "-oProxyCommand=x:22"}')],
      '8: Hub/germany spec.address: is not an address. Write it as host:port, with IPv6 addresses in brackets',
    ],
    [
      'an IPv6 address that is none',
      [site('germany'), hub('germany', '{address: "[:::1]:22"}')],
      '8: Hub/germany spec.address: is not an address. Write it as host:port, with IPv6 addresses in brackets',
    ],
    [
      'a port that is none',
      [site('germany'), hub('germany', '{listen: "0.0.0.0:65536"}')],
      '8: Hub/germany spec.listen: has an invalid port. Use 1 to 65535',
    ],
    ...['srv/files', '/', '/srv/../etc', '/srv/.', '"/srv\\nuse chroot = no"'].map(
      (path): [string, string[], string] => [
        `the path ${path}`,
        [site('germany', `{storage: {path: ${path}}}`), hub('germany')],
        '4: Site/germany spec.storage.path: is not an absolute path. Write it like /srv/files, without ".", ".." or control characters',
      ],
    ),
    [
      'an alias to nothing',
      [...germany, `${HEAD}kind: Site\nmetadata: *nothing\n`],
      '9: it is not valid YAML: Unresolved alias (the anchor must be set before the alias): nothing. Write it without aliases',
    ],
    ['a list', [...germany, '- a\n'], '9: it is not an object. Start it with "apiVersion: sitesync.dev/v1alpha1"'],
    [
      'a key twice',
      [...germany, `${HEAD}kind: Site\nkind: Site\n`],
      '11: it is not valid YAML: Map keys must be unique at line 11, column 1:. Correct the line',
    ],
    ['nothing', ['# only a comment\n'], 'there is no Site. Add at least one Site, and a Hub with its name'],
    [
      'a hub that is no hub',
      [...germany, site('spain', '{hubs: [{name: germany}]}'), site('brazil', '{hubs: [{name: spain}]}')],
      '17: Site/brazil spec.hubs[0].name: the site "spain" is not a hub. Add a Hub "spain" to make it one',
    ],
    [
      'a hub twice in a list',
      [...germany, site('brazil', '{hubs: [{name: germany}, {name: germany}]}')],
      '12: Site/brazil spec.hubs[1].name: lists "germany" twice. Remove one of them',
    ],
    [
      'an unknown hub',
      [...germany, site('brazil', '{hubs: [{name: germani}]}')],
      '12: Site/brazil spec.hubs[0].name: there is no hub "germani". Correct the name, or add a Site and a Hub with this name',
    ],
    [
      'a child without a hub',
      [...germany, site('brazil')],
      '9: Site/brazil spec.hubs: it has no hub. List the hubs it may connect to, in order of preference, or add a Hub with its name',
    ],
    [
      'a hub with a hub',
      [...germany, site('spain', '{hubs: [{name: germany}]}'), hub('spain')],
      '12: Site/spain spec.hubs: it is itself a hub (Hub/spain), and hubs have no hubs: they are all linked to each other. Remove its hubs, or the Hub with its name',
    ],
    [
      'a hub without a site',
      [...germany, hub('spain')],
      '11: Hub/spain metadata.name: there is no Site with this name. Add the Site',
    ],
    [
      'a reserved name',
      [...germany, folderOf('local', '{selector: {}}')],
      '11: SyncFolder/local metadata.name: this name is reserved. Choose another name',
    ],
    [
      'a malformed address',
      [site('germany'), hub('germany', '{address: nowhere}')],
      '8: Hub/germany spec.address: is not an address. Write it as host:port, with IPv6 addresses in brackets',
    ],
    [
      'a malformed rate',
      [...germany, site('brazil', '{hubs: [{name: germany}], link: {up: fast}}')],
      '12: Site/brazil spec.link.up: is not a rate. Write it like 64kbit, 10mbit, 1gbit or unlimited',
    ],
    [
      'two storages',
      [site('germany', '{storage: {size: 1Gi, path: /srv}}'), hub('germany')],
      '4: Site/germany spec.storage: specifies more than one storage. Keep one of size, claimName and path',
    ],
    [
      'two places for the database',
      [site('germany', '{storage: {size: 9Gi, state: {size: 1Gi, claimName: db}}}'), hub('germany')],
      '4: Site/germany spec.storage.state: specifies more than one storage. Keep one of size and claimName',
    ],
    [
      'a site outside and elsewhere',
      [site('germany', '{placement: {external: true, kubeconfigSecret: far}}'), hub('germany')],
      '4: Site/germany spec.placement: a site cannot be both external and in another cluster. Remove external or kubeconfigSecret',
    ],
    [
      'a node port of no node',
      [site('germany'), hub('germany', '{service: {nodePort: 30222}}')],
      '8: Hub/germany spec.service.nodePort: needs a Service of type NodePort or LoadBalancer. Set the type, or remove nodePort',
    ],
    [
      'a folder of nobody',
      [...germany, folderOf('f', '{selector: {matchLabels: {a: b}}}')],
      '12: SyncFolder/f spec.selector: no site shares the folder. Set "selector: {}" for all sites, use matchLabels for some, or list them in sites',
    ],
    [
      'an unknown site in a folder',
      [...germany, folderOf('f', '{selector: {}, sites: [{name: x}]}')],
      '12: SyncFolder/f spec.sites[0].name: there is no site "x". Correct the name, or add the Site',
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
    expect(errorsOf(...documents)).toEqual(message.split('|'));
  });

  it('a duplicate name, and where the first is', () => {
    expect(errorsOf(...germany, site('germany')).at(0)).toMatch(
      /^11: Site\/germany metadata\.name: there is another Site with this name \(the first is in .*, line 3\)\. Give each its own name$/,
    );
  });

  it('a loop of hubs, only once', () => {
    const remedy = 'Remove spec.hubs from the sites that should be hubs, and add a Hub for each of them';
    const loop = [site('a', '{hubs: [{name: b}]}'), site('b', '{hubs: [{name: c}]}'), site('c', '{hubs: [{name: a}]}')];
    const message = `4: Site/a spec.hubs[0].name: its hubs form a loop: a → b → c → a. ${remedy}`;
    expect(errorsOf(...loop)).toEqual([message]);
    expect(errorsOf(...loop, hub('a'), hub('b'), hub('c'))).toEqual([message]);
    expect(errorsOf(site('a', '{hubs: [{name: a}]}'))).toEqual([
      `4: Site/a spec.hubs[0].name: its hubs form a loop: a → a. ${remedy}`,
    ]);
  });

  it('overlapping folder paths', () => {
    const two = [
      folderOf('f', '{sites: [{name: germany, path: /srv/a}]}'),
      folderOf('g', '{sites: [{name: germany, path: /srv/a/b/}]}'),
    ];
    expect(errorsOf(...germany, ...two)).toEqual([
      '17: SyncFolder/g spec.sites[0].path: at germany its path /srv/a/b overlaps /srv/a of SyncFolder/f. Give each folder its own path, not inside another',
    ]);
  });

  it('overlapping folder paths below a storage path, at a relay too', () => {
    const storage = site('germany', '{storage: {path: /srv/}}');
    const child = site('brazil', '{hubs: [{name: germany}]}');
    const relayed = folderOf('f', '{sites: [{name: brazil}]}');
    const placed = folderOf('g', '{sites: [{name: germany, path: /srv/f/g}]}');
    expect(errorsOf(storage, hub('germany'), child, relayed, placed)).toEqual([
      '23: SyncFolder/g spec.sites[0].path: at germany its path /srv/f/g overlaps /srv/f of SyncFolder/f. Give each folder its own path, not inside another',
    ]);
  });

  it.each([
    ['127.0.0.1:2222', '127.0.0.1:2222'],
    ['0.0.0.0:2222', '127.0.0.1:2222'],
    ['localhost:2222', '127.0.0.1:02222'],
  ])('two hubs on one port: %s and %s', (one, other) => {
    const two = [site('a'), hub('a', `{listen: "${one}"}`), site('b'), hub('b', `{listen: "${other}"}`)];
    expect(errorsOf(...two)).toEqual([
      '17: Hub/b spec.listen: Hub/a listens on the same address. Give each hub its own port',
    ]);
  });

  it('the line of the field itself when its value is on the lines below', () => {
    const text = `${HEAD}kind: Site\nmetadata:\n  name: brazil\nspec:\n  hubs:\n    - name: germany\n      adress:\n\n        there:22\n`;
    expect(errorsOf(...germany, text)).toEqual([
      '16: Site/brazil spec.hubs[0].adress: is not a known field. Did you mean "address"? Otherwise remove it',
    ]);
  });

  it('what does not fit together as well as invalid fields, without consequential errors', () => {
    const broken = site('spain', '{hubs: [{name: germany}], x: 1}');
    const folder = folderOf('f', '{sites: [{name: spain}, {name: portugal}]}');
    expect(errorsOf(...germany, broken, folder, site('brazil', '{hubs: [{name: spain}]}'))).toEqual([
      '12: Site/spain spec.x: is not a known field. Remove it',
      '22: Site/brazil spec.hubs[0].name: the site "spain" is not a hub. Add a Hub "spain" to make it one',
      '17: SyncFolder/f spec.sites[1].name: there is no site "portugal". Correct the name, or add the Site',
    ]);
  });

  it('aliases that would fill the memory', () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((name, i, all) => {
      const item = i === 0 ? 'x' : `*${all[i - 1]}`;
      return `${name}: &${name} [${Array.from({ length: 9 }, () => item).join()}]\n`;
    });
    expect(errorsOf(rows.join(''))).toEqual([
      '1: it is not valid YAML: Excessive alias count indicates a resource exhaustion attack. Write it without aliases',
    ]);
  });

  it('two sites sharing a tree, when both run on one machine', () => {
    const file = join(folder, 'network.yaml');
    const child = site('brazil', '{hubs: [{name: germany}], storage: {path: /srv}}');
    const texts = [site('germany', '{storage: {path: /srv}}'), hub('germany'), child, folderOf('f', '{selector: {}}')];
    writeFileSync(file, texts.join('---\n'));
    expect(overlapsBetweenSites(loadResources([file])).map(formatInputProblem)).toEqual([
      `${file}:17: SyncFolder/f metadata.name: at brazil its path /srv/f overlaps /srv/f of germany, and both run on this machine. Give each site its own path, not inside another`,
    ]);
  });

  it('everything in all files together', () => {
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
  expect([quantity('500m'), quantity('0.5'), quantity(2), quantity('1Gi')]).toEqual([0.5, 0.5, 2, 2 ** 30]);
  expect([quantity('1mi'), quantity('1Xi'), quantity('Gi'), quantity(''), quantity(null)]).toEqual(
    Array(5).fill(undefined),
  );
  expect([durationSeconds('365d'), durationSeconds('15m')]).toEqual([31_536_000, 900]);
  expect([rateBytesPerSecond('64kbit'), rateBytesPerSecond('1gbit'), rateBytesPerSecond('unlimited')]).toEqual([
    8000,
    125e6,
    undefined,
  ]);
});
