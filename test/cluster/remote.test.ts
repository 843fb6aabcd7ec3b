import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import {
  createNetwork,
  eventually,
  kubectl,
  type Live,
  OPERATOR,
  SLOW,
  TEST_LABEL,
  type TestNetwork,
} from '../support/cluster.ts';

interface Written {
  kind: string;
  metadata: { name: string };
  spec: {
    address?: string;
    service?: object;
    storage?: object;
    hubs?: { name: string }[];
    placement?: { kubeconfigSecret: string };
    deletionPolicy?: string;
  };
}

const PORTS = { frankfurt: 31_222, sydney: 31_223 };

/** manifests/multi-cluster.yaml with the addresses and storage of the test cluster. */
function offices(): Written[] {
  const objects = parseAllDocuments(readFileSync('manifests/multi-cluster.yaml', 'utf8')).map(
    (document) => document.toJS() as Written,
  );
  for (const { kind, metadata, spec } of objects) {
    if (kind === 'Hub') {
      const port = PORTS[metadata.name as keyof typeof PORTS];
      spec.address = `10.220.0.11:${port}`;
      spec.service = { type: 'NodePort', nodePort: port };
    }
    if (kind !== 'Site') continue;
    spec.storage = { size: '1Gi' };
    if (spec.hubs) spec.hubs = spec.hubs.map(({ name }) => ({ name }));
    if (spec.placement) spec.placement = { kubeconfigSecret: spec.placement.kubeconfigSecret };
  }
  return objects;
}

/** The commands of the documentation, for a namespace of this cluster instead of another cluster. */
function commands(near: string, far: string, secret: string, temp: string): string {
  const { kubectl: program, kubeconfig } = inject('cluster');
  const [, block = ''] = /## Other clusters[^]*?```sh\n([^]*?)```/.exec(readFileSync('docs/kubernetes.md', 'utf8'))!;
  const rights = join(temp, 'other-cluster.yaml');
  const manifest = readFileSync('manifests/other-cluster.yaml', 'utf8');
  writeFileSync(rights, manifest.replaceAll('namespace: acme', `namespace: ${far}`));
  const run = `${program} --kubeconfig=${kubeconfig}`;
  return block
    .split('\n')
    .map((line) => line.replace(/\bacme\b/, line.includes('--context sydney') ? far : near))
    .join('\n')
    .replaceAll(/kubectl( --context sydney)?/g, run)
    .replaceAll('cluster-sydney', secret)
    .replaceAll('manifests/other-cluster.yaml', rights)
    .replaceAll('manifests/multi-cluster.yaml', join(temp, 'network.yaml'));
}

/** How often the operator has restarted. */
const restarts = () =>
  kubectl([
    'get',
    'pods',
    '-n',
    OPERATOR.namespace,
    '-l',
    'app.kubernetes.io/component=operator',
    '-o',
    'jsonpath={.items[*].status.containerStatuses[*].restartCount}',
  ]);

let restartsBefore: string;
let net: TestNetwork;
let temp: string;
let far: { sydney: string; auckland: string };
const objects = offices();

const listed = async (namespace: string, kinds: string) =>
  (JSON.parse(await kubectl(['get', kinds, '-n', namespace, '-o', 'json'])) as { items: Live[] }).items;
const made = (namespace: string) =>
  listed(namespace, 'statefulsets,pods,services,networkpolicies,poddisruptionbudgets').then((items) =>
    items.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  );
const claims = async (namespace: string) =>
  (await listed(namespace, 'persistentvolumeclaims')).map(({ metadata }) => metadata.name).sort();
const shell = (namespace: string, site: string, script: string) =>
  kubectl(['exec', '-n', namespace, `${site}-0`, '-c', 'agent', '--', 'bash', '-c', script]);

/** What to print when the offices do not become ready. */
async function picture(): Promise<string> {
  const spaces = [net.namespace, ...Object.values(far)];
  const looks = [
    ['get', 'sites', '-n', net.namespace, '-o', 'wide'],
    [
      'get',
      'sites',
      '-n',
      net.namespace,
      '-o',
      'jsonpath={range .items[*].status.conditions[*]}{.type}={.status} {.message}{"\\n"}{end}',
    ],
    ...spaces.map((space) => ['get', 'pods,services', '-n', space, '-o', 'wide']),
    ['logs', '-n', far.auckland, 'auckland-0', '-c', 'link', '--tail=5'],
    ['logs', '-n', 'sitesync', 'deploy/sitesync', '--tail=10'],
  ];
  const said = await Promise.all(looks.map((look) => kubectl(look).catch((error: Error) => error.message)));
  return said.join('\n');
}

beforeAll(async () => {
  temp = mkdtempSync(join(tmpdir(), 'sitesync-remote-'));
  restartsBefore = await restarts();
  net = await createNetwork('near', objects);
  far = { sydney: `${net.namespace}-sydney`, auckland: `${net.namespace}-auckland` };
  writeFileSync(join(temp, 'network.yaml'), objects.map((object) => stringify(object)).join('---\n'));
  for (const [site, namespace] of Object.entries(far)) {
    await execa('bash', ['-euo', 'pipefail', '-c', commands(net.namespace, namespace, `cluster-${site}`, temp)]);
    await kubectl([
      'label',
      'namespace',
      namespace,
      `${TEST_LABEL}=true`,
      'pod-security.kubernetes.io/enforce=restricted',
    ]);
  }
  await net.ready().catch(async (error: unknown) => {
    throw new Error(await picture(), { cause: error });
  });
}, 240_000);
afterAll(async () => {
  rmSync(temp, { recursive: true, force: true });
  await kubectl(['delete', 'namespace', net.namespace, ...Object.values(far), '--wait=false', '--ignore-not-found']);
});

const where = (site: string) => far[site as keyof typeof far] ?? net.namespace;

async function crosses(from: string, to: string[]): Promise<void> {
  const name = `from-${from}-${String(Date.now())}.txt`;
  await shell(where(from), from, `echo ${name} > /site/folders/projects/${name}`);
  const arrived = async (site: string) =>
    (await shell(where(site), site, `cat /site/folders/projects/${name}`)) === name;
  await Promise.all(to.map((site) => eventually(() => arrived(site), SLOW, `${name} to be in ${site}`)));
}

it('offices in three clusters are one network, visible in one place', async () => {
  await crosses('auckland', ['sydney', 'frankfurt']);
  expect(await made(net.namespace)).not.toContain('StatefulSet/sydney');
  expect(await made(far.sydney)).toEqual(
    expect.arrayContaining(['StatefulSet/sydney', 'Pod/sydney-0', 'Service/sydney-hub']),
  );
  const { status } = await net.get('site', 'auckland');
  expect(status).toMatchObject({ role: 'child', lastContact: 'now' });
  expect(await net.condition('sydney', 'Reconciling')).toMatchObject({ status: 'False', reason: 'Done' });
});

it('an action reaches a site in another cluster', async () => {
  await net.kubectl(['annotate', 'site', 'sydney', 'sitesync.dev/rescan=now']);
  const token = async () => (await net.get('site', 'sydney')).status?.rescan;
  await eventually(async () => (await token()) === 'now', 40_000, 'the token to be echoed');
});

it('its account has no permissions outside of its namespace', async () => {
  const as = `--as=system:serviceaccount:${far.sydney}:sitesync-operator`;
  const may = (...args: string[]) =>
    kubectl(['auth', 'can-i', ...args, as]).catch(({ stdout }: { stdout: string }) => stdout);
  expect(await may('get', 'secrets', '-n', far.sydney)).toBe('yes');
  expect(await may('get', 'secrets', '-n', net.namespace)).toBe('no');
  expect(await may('delete', 'persistentvolumeclaims', '-n', far.sydney)).toBe('no');
  expect(await may('get', 'nodes')).toBe('no');
});

it('a broken kubeconfig is reported, files keep syncing, and other sites are unaffected; once repaired, it recovers', async () => {
  const { data } = await net.get('secret', 'cluster-sydney');
  const put = (kubeconfig: string) =>
    net.kubectl(['patch', 'secret', 'cluster-sydney', '--type=merge', '-p', JSON.stringify({ data: { kubeconfig } })]);
  await put(Buffer.from('nonsense').toString('base64'));
  const { message } = await net.reaches('sydney', 'Stalled=True/KubeconfigUnusable');
  expect(message).toMatch(/it is not a kubeconfig/);
  expect(await net.told('sydney', 'KubeconfigUnusable')).toMatch(/Secret cluster-sydney/);
  expect(await net.condition('frankfurt', 'Ready')).toMatchObject({ status: 'True' });
  expect(await net.condition('auckland', 'Stalled')).toMatchObject({ status: 'False' });
  expect(await net.condition('sydney', 'Connected')).toMatchObject({ status: 'True' });
  await crosses('sydney', ['frankfurt']);
  await put(data!.kubeconfig!);
  await net.reaches('sydney', 'Stalled=False');
  await net.reaches('sydney', 'Ready=True');
});

it('a site that moves here leaves its claims, whatever their deletion policy, and gets its files again', async () => {
  const before = await claims(far.auckland);
  expect(before).toEqual(['files-auckland-0', 'state-auckland-0']);
  await net.kubectl(['patch', 'site', 'auckland', '--type=merge', '-p', '{"spec":{"deletionPolicy":"Delete"}}']);
  const owned = async () =>
    (await listed(far.auckland, 'persistentvolumeclaims')).every((one) => 'ownerReferences' in one.metadata);
  await eventually(owned, 30_000, 'the claims to be tied to it');
  await net.kubectl(['patch', 'site', 'auckland', '--type=json', '-p', '[{"op":"remove","path":"/spec/placement"}]']);
  await eventually(async () => (await made(net.namespace)).includes('Pod/auckland-0'), SLOW, 'it to be here');
  expect(await made(far.auckland)).toEqual([]);
  expect(await claims(far.auckland)).toEqual(before);
  await eventually(
    async () => (await shell(net.namespace, 'auckland', 'cat /site/folders/projects/*')).includes('from-sydney'),
    SLOW,
    'its files',
  );
});

it('deleting the namespace completes, and leaves nothing but claims elsewhere', async () => {
  await kubectl(['delete', 'namespace', net.namespace, '--wait=false']);
  const names = async () => (await kubectl(['get', 'namespaces', '-o', 'name'])).split('\n');
  await eventually(
    async () => !(await names()).includes(`namespace/${net.namespace}`),
    SLOW,
    'the namespace to be gone',
  );
  expect(await made(far.sydney)).toEqual([]);
  expect(await claims(far.sydney)).toEqual(['files-sydney-0', 'state-sydney-0']);
  expect(await restarts()).toBe(restartsBefore);
});
