import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { CLUSTER_FIELDS } from '../../src/api/cluster-fields.ts';
import { notesForMachine } from '../../src/api/load.ts';
import { KINDS, type Kind } from '../../src/api/schema.ts';
import { type InputProblem, InvalidInput } from '../../src/base/invalid-input.ts';
import { siteDir } from '../../src/base/site-dir.ts';
import { dataDir } from '../../src/local/data-dir.ts';
import { planFiles } from '../../src/local/plan-files.ts';
import { siteProcesses } from '../../src/local/site-processes.ts';
import { completeSecrets } from '../../src/topology/secrets.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';

/**
 * Every field of every kind in the schemas is used, rejected, or reported as having no effect here. A new field fails here
 * until it is listed.
 */

type Doc = { kind: Kind; metadata: Record<string, unknown>; spec?: Record<string, unknown> };

/** Two offices and a third one that may be a hub. Each test changes one of its fields. */
const base = (): Doc[] => [
  { kind: 'Site', metadata: { name: 'germany' }, spec: {} },
  { kind: 'Hub', metadata: { name: 'germany' }, spec: {} },
  { kind: 'Site', metadata: { name: 'australia' }, spec: {} },
  { kind: 'Hub', metadata: { name: 'australia' }, spec: {} },
  {
    kind: 'Site',
    metadata: { name: 'brazil', labels: { region: 'south' } },
    spec: { hubs: [{ name: 'germany' }, { name: 'australia' }], page: { oidc: { ...OIDC } } },
  },
  { kind: 'SyncFolder', metadata: { name: 'projects' }, spec: { selector: {}, sites: [{ name: 'brazil' }] } },
];
const OIDC = { issuer: 'https://login.example', clientId: 'page', url: 'https://files.example' };
const ABOUT: Record<Kind, number> = { Site: 4, Hub: 1, SyncFolder: 5 };

/** Which process uses a part of a plan: the agent rereads plan.json whenever it changes; the others are restarted. */
type Taker = 'agent' | 'agent restarts' | 'sshd restarts' | 'links';

interface Counts {
  /** The value of the field in the second version. */
  value: unknown;
  /** What differs in brazil's plan, or in that of another site. */
  reaches: (plan: SitePlan) => unknown;
  at?: string;
  takes: Taker;
}

const folder = ({ folders }: SitePlan) => folders.find(({ name }) => name === 'projects');
const oidc = (value: Record<string, unknown>, field: string): Counts => ({
  value: Object.values(value)[0],
  reaches: (plan) => (plan.oidc as Record<string, unknown> | undefined)?.[field],
  takes: 'agent',
});
const limit = (what: 'deletions' | 'overwrites', field: 'files' | 'percent' | 'most'): Counts => ({
  value: 7,
  reaches: (plan) => folder(plan)?.brake?.[what][field],
  takes: 'agent',
});

const COUNTS: Record<string, Counts> = {
  'Site metadata.labels': { value: { region: 'north' }, reaches: (p) => folder(p)?.name, takes: 'agent' },
  'Site spec.storage.path': { value: '/srv/elsewhere', reaches: (p) => folder(p)?.path, takes: 'agent' },
  'Site spec.hubs[].name': { value: 'australia', reaches: (p) => p.links[0]?.peer, takes: 'links' },
  'Site spec.hubs[].address': { value: '10.1.1.1:22', reaches: (p) => p.links[0]?.address, takes: 'links' },
  'Site spec.link.up': { value: '64kbit', reaches: (p) => p.links[0]?.upBytesPerSecond, takes: 'agent' },
  'Site spec.link.down': { value: '64kbit', reaches: (p) => p.links[0]?.downBytesPerSecond, takes: 'agent' },
  'Site spec.page.listen': { value: '127.0.0.1:29999', reaches: (p) => p.page, takes: 'agent restarts' },
  'Site spec.page.trustedProxies[]': { value: ['10.0.0.0/8'], reaches: (p) => p.trustedProxies, takes: 'agent' },
  'Site spec.page.oidc.issuer': oidc({ issuer: 'https://other.example' }, 'issuer'),
  'Site spec.page.oidc.clientId': oidc({ clientId: 'other' }, 'clientId'),
  'Site spec.page.oidc.url': oidc({ url: 'https://other.example' }, 'url'),
  'Site spec.page.oidc.name': oidc({ name: 'Acme' }, 'name'),
  'Site spec.page.oidc.scopes[]': oidc({ scopes: ['groups'] }, 'scopes'),
  'Site spec.page.oidc.nameClaim': oidc({ nameClaim: 'nick' }, 'nameClaim'),
  'Site spec.page.oidc.rolesClaim': oidc({ rolesClaim: 'roles' }, 'rolesClaim'),
  'Site spec.page.oidc.admins[]': oidc({ admins: ['it'] }, 'admins'),
  'Site spec.page.oidc.folders': oidc({ folders: { '*': { viewer: ['staff'] } } }, 'folders'),
  'Site spec.page.oidc.defaultRole': oidc({ defaultRole: 'viewer' }, 'defaultRole'),
  'Site spec.page.oidc.sessionHours': oidc({ sessionHours: 2 }, 'sessionHours'),
  'Hub spec.address': { value: '10.1.1.1:22', reaches: (p) => p.links[0]?.address, takes: 'links' },
  'Hub spec.listen': { value: '127.0.0.1:29998', reaches: (p) => p.listen, at: 'germany', takes: 'sshd restarts' },
  'SyncFolder spec.selector.matchLabels': {
    value: { region: 'north' },
    reaches: (p) => p.folders,
    at: 'germany',
    takes: 'agent',
  },
  'SyncFolder spec.sites[].name': { value: 'germany', reaches: (p) => folder(p)?.members, takes: 'agent' },
  'SyncFolder spec.sites[].mode': { value: 'receiveOnly', reaches: (p) => folder(p)?.mode, takes: 'agent' },
  'SyncFolder spec.sites[].path': { value: '/srv/projects', reaches: (p) => folder(p)?.path, takes: 'agent' },
  'SyncFolder spec.versions.keep': { value: 3, reaches: (p) => folder(p)?.versions.keep, takes: 'agent' },
  'SyncFolder spec.versions.maxAge': { value: '1d', reaches: (p) => folder(p)?.versions.maxAgeSeconds, takes: 'agent' },
  'SyncFolder spec.versions.maxSize': { value: '1Gi', reaches: (p) => folder(p)?.versions.maxBytes, takes: 'agent' },
  'SyncFolder spec.freshness.target': { value: '1h', reaches: (p) => folder(p)?.freshnessSeconds, takes: 'agent' },
  'SyncFolder spec.verify.every': { value: '7d', reaches: (p) => folder(p)?.verifySeconds, takes: 'agent' },
  'SyncFolder spec.brake.enabled': { value: false, reaches: (p) => folder(p)?.brake?.enabled, takes: 'agent' },
  'SyncFolder spec.brake.deletions.files': limit('deletions', 'files'),
  'SyncFolder spec.brake.deletions.percent': limit('deletions', 'percent'),
  'SyncFolder spec.brake.deletions.most': limit('deletions', 'most'),
  'SyncFolder spec.brake.overwrites.files': limit('overwrites', 'files'),
  'SyncFolder spec.brake.overwrites.percent': limit('overwrites', 'percent'),
  'SyncFolder spec.brake.overwrites.most': limit('overwrites', 'most'),
  'SyncFolder spec.names': { value: 'portable', reaches: (p) => folder(p)?.names, takes: 'agent' },
  'SyncFolder spec.metadata.mode': { value: 'none', reaches: (p) => folder(p)?.metadata, takes: 'agent' },
  'SyncFolder spec.ignore[]': { value: ['*.bak'], reaches: (p) => folder(p)?.ignore, takes: 'agent' },
};

/** The identity of an object; its annotations are free text, except the operator's actions. */
const IDENTITY = /^(apiVersion|kind|metadata\.(name|namespace|annotations))$/;
/** Hubs and SyncFolders are not selected by labels. */
const FREE = ['Hub metadata.labels', 'SyncFolder metadata.labels'];

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/** The fields that users can set, lists as `name[]`. */
function fieldsOf(schema: JsonSchema, path: string): string[] {
  if (schema.items) return fieldsOf(schema.items, `${path}[]`);
  if (!schema.properties) return [path];
  return Object.entries(schema.properties).flatMap(([name, field]) => fieldsOf(field, path ? `${path}.${name}` : name));
}

const all = (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
  const schema = z.toJSONSchema(KINDS[kind], { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return fieldsOf(schema, '').map((path) => ({ kind, path, id: `${kind} ${path}` }));
});
const clusterField = ({ kind, path }: { kind: Kind; path: string }) =>
  CLUSTER_FIELDS.find((f) => f.kind === kind && `${path}.`.replaceAll('[]', '').startsWith(`${f.path.join('.')}.`));

const temp = mkdtempSync(join(tmpdir(), 'sitesync-fields-'));
afterAll(() => rmSync(temp, { recursive: true }));
const data = dataDir(join(temp, 'data'));

function write(docs: Doc[]): string {
  const file = join(temp, 'network.yaml');
  writeFileSync(file, docs.map((doc) => stringify({ apiVersion: 'sitesync.dev/v1alpha1', ...doc })).join('---\n'));
  return file;
}

const planned = (docs: Doc[]): SitePlan[] => planFiles([write(docs)], data).sites;

/** Sets the value of a field; a list of texts is replaced, in a list of objects the first one is changed. */
function put(target: Record<string, unknown>, path: string, value: unknown): void {
  const [first = '', ...rest] = path.split('.');
  const name = first.replace('[]', '');
  if (rest.length === 0) target[name] = value;
  else if (first.endsWith('[]')) {
    const list = (target[name] ??= [{}]) as Record<string, unknown>[];
    put(list[0]!, rest.join('.'), value);
  } else put((target[name] ??= {}) as Record<string, unknown>, rest.join('.'), value);
}

test('every field of every kind is used or reported', () => {
  const known = all.filter(
    (field) => field.id in COUNTS || clusterField(field) || IDENTITY.test(field.path) || FREE.includes(field.id),
  );
  expect(all.filter((field) => !known.includes(field)).map(({ id }) => id)).toEqual([]);
  expect(Object.keys(COUNTS).filter((id) => !all.some((field) => field.id === id))).toEqual([]);
  expect(
    CLUSTER_FIELDS.filter(
      ({ kind, path }) =>
        !all.some((f) => f.kind === kind && `${f.path.replaceAll('[]', '')}.`.startsWith(`${path.join('.')}.`)),
    ),
  ).toEqual([]);
});

describe.each(Object.entries(COUNTS))('%s', (id, { value, reaches, at = 'brazil', takes }) => {
  const [kind, path] = id.split(' ') as [Kind, string];
  const before = base();
  if (id.endsWith('labels') || id.endsWith('matchLabels'))
    before[ABOUT.SyncFolder]!.spec = { selector: { matchLabels: { region: 'south' } }, sites: [{ name: 'germany' }] };
  if (id.endsWith('matchLabels')) before[2]!.metadata.labels = { region: 'north' };
  if (id === 'Site spec.hubs[].name') (before[4]!.spec as { hubs: unknown[] }).hubs = [{ name: 'germany' }];
  if (id === 'SyncFolder spec.sites[].name') before[5]!.spec = { sites: [{ name: 'brazil' }, { name: 'australia' }] };
  const after = structuredClone(before);
  put(after[ABOUT[kind]] as unknown as Record<string, unknown>, path, value);
  const of = (plans: SitePlan[]) => plans.find(({ site }) => site === at)!;

  test('changes the plan of what runs', () => {
    expect(reaches(of(planned(after)))).not.toEqual(reaches(of(planned(before))));
  });

  test(`is taken up: ${takes}`, () => {
    const fingerprints = (plans: SitePlan[]) => {
      const dir = siteDir(join(temp, 'site'));
      const site = {
        plan: of(plans),
        dir,
        secrets: completeSecrets(plans, new Map()).get(at)!,
        changed: { initSql: false },
      };
      return new Map(siteProcesses(site).map(({ kind: process, fingerprint }) => [process, fingerprint]));
    };
    const [was, is] = [fingerprints(planned(before)), fingerprints(planned(after))];
    expect(is.get('agent') !== was.get('agent')).toBe(takes === 'agent restarts' || takes === 'sshd restarts');
    expect(is.get('sshd') !== was.get('sshd')).toBe(takes === 'sshd restarts');
  });
});

/** A valid value for each field that only an operator uses. */
const ONLY_ON_CLUSTERS: Record<string, unknown> = {
  'Site spec.storage.size': '1Gi',
  'Site spec.storage.storageClassName': 'fast',
  'Site spec.storage.claimName': 'files',
  'Site spec.storage.state': { size: '1Gi' },
  'Site spec.page.usersSecret': 'people',
  'Site spec.page.tlsSecret': 'tls',
  'Site spec.page.ingress': {},
  'Site spec.page.httpRoute': { parentRefs: [{ name: 'gateway' }] },
  'Site spec.page.fromNamespaces': ['ingress'],
  'Site spec.page.host': 'files.brazil.example',
  'Site spec.page.oidc.secretName': 'oidc',
  'Site spec.placement.nodeSelector': { disk: 'ssd' },
  'Site spec.placement.tolerations': [{}],
  'Site spec.placement.affinity': {},
  'Site spec.placement.kubeconfigSecret': 'far',
  'Site spec.placement.external': true,
  'Site spec.placement.maxAway': '3d',
  'Site spec.deletionPolicy': 'Delete',
  'Site spec.keys': { ssh: { secretName: 'keys' } },
  'Site spec.pod': { imagePullPolicy: 'Always' },
  'Hub spec.service': { type: 'LoadBalancer' },
};

/** What has no effect here. */
const notesOn = (docs: Doc[]): InputProblem[] => notesForMachine([write(docs)]);

function refusal(docs: Doc[]): InvalidInput {
  try {
    planned(docs);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

test.each(CLUSTER_FIELDS)(
  '$kind $path is told with file, line, field and remedy',
  ({ kind, path, remedy, refused }) => {
    const docs = base();
    const name = path.join('.');
    put(docs[ABOUT[kind]] as unknown as Record<string, unknown>, name, ONLY_ON_CLUSTERS[`${kind} ${name}`]);
    const told = refused ? refusal(docs).problems : notesOn(docs);
    const found = told.find(({ field }) => field === name);
    expect(found).toMatchObject({
      file: join(temp, 'network.yaml'),
      object: `${kind}/${kind === 'Hub' ? 'germany' : 'brazil'}`,
      remedy,
    });
    expect(found?.line).toBeGreaterThan(1);
  },
);

test('what has no effect does not prevent a start', () => {
  const docs = base();
  put(docs[4] as unknown as Record<string, unknown>, 'spec.storage.size', '200Gi');
  put(docs[1] as unknown as Record<string, unknown>, 'spec.service.type', 'LoadBalancer');
  expect(planned(docs)).toHaveLength(3);
  expect(notesOn(docs)).toHaveLength(2);
});

test('everything that is rejected is reported together, with all other mistakes', () => {
  const docs = base();
  put(docs[4] as unknown as Record<string, unknown>, 'spec.placement.external', true);
  put(docs[4] as unknown as Record<string, unknown>, 'spec.link.up', 'fast');
  put(docs[0] as unknown as Record<string, unknown>, 'spec.placement.kubeconfigSecret', 'far');
  put(docs[0] as unknown as Record<string, unknown>, 'metadata.annotations', {
    'sitesync.dev/approve-held': '1',
    mine: 'x',
  });
  expect(
    refusal(docs)
      .problems.map(({ object, field }) => `${object} ${field}`)
      .sort(),
  ).toEqual([
    'Site/brazil spec.link.up',
    'Site/brazil spec.placement.external',
    'Site/germany spec.placement.kubeconfigSecret',
  ]);
  expect(notesForMachine([join(temp, 'network.yaml')]).map(({ object, field }) => `${object} ${field}`)).toEqual([
    'Site/germany metadata.annotations.sitesync.dev/approve-held',
  ]);
});

test('default values are not reported', () => {
  const docs = base();
  put(docs[4] as unknown as Record<string, unknown>, 'spec.placement.external', false);
  put(docs[4] as unknown as Record<string, unknown>, 'spec.deletionPolicy', 'Retain');
  expect(notesOn(docs)).toEqual([]);
  expect(planned(docs)).toHaveLength(3);
});
