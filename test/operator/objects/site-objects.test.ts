import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadResources } from '../../../src/api/load.ts';
import type { Site } from '../../../src/api/schema.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';
import type { SiteInput } from '../../../src/operator/objects/input.ts';
import { objectName } from '../../../src/operator/objects/json.ts';
import { networkObjects } from '../../../src/operator/objects/network-objects.ts';
import { siteObjects } from '../../../src/operator/objects/site-objects.ts';
import { rosterOf } from '../../../src/topology/roster.ts';
import { resourcesOf, sketch } from '../../topology/sketch.ts';
import { inputsOf, SECRET } from './inputs.ts';

/** The parts that the tests inspect. */
interface Container {
  name: string;
  securityContext: unknown;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean; subPath?: string }[];
  livenessProbe?: unknown;
  restartPolicy?: string;
}
interface PodSpec {
  automountServiceAccountToken: boolean;
  securityContext: Record<string, unknown>;
  initContainers: Container[];
  containers: Container[];
  volumes: { name: string; secret?: { items: { key: string }[] } }[];
}
interface SetSpec {
  template: { metadata: { annotations: Record<string, string>; labels: Record<string, string> }; spec: PodSpec };
  selector: { matchLabels: Record<string, string> };
  volumeClaimTemplates: { metadata: { name: string } }[];
}

const fiveOffices = () => inputsOf(loadResources(['manifests/five-offices.yaml']));
const find = (objects: KubeObject[], kind: string) => objects.find((one) => one.kind === kind)!;
const setOf = (objects: KubeObject[]) => find(objects, 'StatefulSet').spec as SetSpec;
const site = (name: string) => fiveOffices().find(({ plan }) => plan.site === name)!;
const containersOf = ({ template: { spec } }: SetSpec) => [...spec.initContainers, ...spec.containers];

const yaml = (object: object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });

/** The content of a Secret is shown by name only: golden files are read by people. */
const readable = (object: KubeObject) =>
  object.kind === 'Secret' ? { ...object, data: Object.keys(object.data as object) } : object;

const onMysql = inputsOf(loadResources(['manifests/five-offices.yaml']), undefined, 'mysql').slice(0, 2);

test.each([
  ...fiveOffices().map((input) => [input.plan.site, input] as const),
  ...onMysql.map((input) => [`${input.plan.site} on MySQL`, input] as const),
])('%s, as it was looked at', async (name, input) => {
  const text = siteObjects(input).map((object) => yaml(readable(object)));
  await expect(text.join('---\n')).toMatchFileSnapshot(`golden/${name.replaceAll(' ', '-')}.yaml`);
});

test('the exposed page, as in its golden file', async () => {
  const page = (more: SiteInput['spec']['page']): SiteInput['spec'] => ({
    storage: {},
    page: { usersSecret: 'people', host: 'files.brazil.example', ...more },
  });
  const shown = (spec: SiteInput['spec'], gatewayApi = true) => {
    const plan = { ...site('brazil').plan, page: { host: '0.0.0.0', port: 8444 } };
    const kinds = ['NetworkPolicy', 'Ingress', 'HTTPRoute'];
    return siteObjects({ ...site('brazil'), plan, spec, gatewayApi }).filter(({ kind }) => kinds.includes(kind));
  };
  const both = shown(
    page({
      ingress: { className: 'nginx', tlsSecretName: 'files-brazil', annotations: { 'cert-manager.io/issuer': 'ours' } },
      httpRoute: { parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }] },
      fromNamespaces: ['ingress-nginx', 'gateways'],
    }),
  );
  await expect(both.map(yaml).join('---\n')).toMatchFileSnapshot('golden/page.yaml');
  expect(shown(page({})).map(({ kind }) => kind)).toEqual(['NetworkPolicy']);
  const route = page({ httpRoute: { parentRefs: [{ name: 'public' }] } });
  expect(shown(route, false).map(({ kind }) => kind)).toEqual(['NetworkPolicy']);
  // What users set takes precedence over defaults.
  const body = 'nginx.ingress.kubernetes.io/proxy-body-size';
  const limited = shown(page({ ingress: { annotations: { [body]: '1g' } } })).find(({ kind }) => kind === 'Ingress')!;
  expect(limited.metadata.annotations![body]).toBe('1g');
});

test('the objects of the network', async () => {
  await expect(
    networkObjects('offices', '0.1.0', rosterOf(fiveOffices().map((input) => input.plan))!)
      .map(yaml)
      .join('---\n'),
  ).toMatchFileSnapshot('golden/network.yaml');
});

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

test('any topology: valid names, restricted pods, secrets in Secrets only, equal input gives equal bytes', () => {
  fc.assert(
    fc.property(sketch, (drawn) => {
      const inputs = inputsOf(resourcesOf(drawn));
      const services = new Set<string>();
      for (const input of inputs) {
        const objects = siteObjects(input);
        expect(JSON.stringify(siteObjects(structuredClone(input)))).toBe(JSON.stringify(objects));
        for (const { kind, metadata } of objects) {
          expect(metadata.name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
          for (const value of Object.values(metadata.labels ?? {}))
            expect(value).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
          if (kind === 'Service') expect(services).not.toContain(metadata.name);
          if (kind === 'Service') services.add(metadata.name);
        }
        const open = objects.filter(({ kind }) => kind !== 'Secret');
        expect(JSON.stringify(open)).not.toContain(SECRET);
        checkPod(setOf(objects));
      }
    }),
    { numRuns: 30 },
  );
});

function checkPod(set: SetSpec) {
  const { template } = set;
  expect(template.spec.automountServiceAccountToken).toBe(false);
  expect(template.spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 10_001,
    fsGroup: 10_001,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(template.metadata.labels).toMatchObject(set.selector.matchLabels);
  const volumes = new Set([
    ...template.spec.volumes.map(({ name }) => name),
    ...set.volumeClaimTemplates.map(({ metadata }) => metadata.name),
  ]);
  for (const container of containersOf(set)) {
    expect(container.securityContext).toEqual(RESTRICTED);
    for (const mount of container.volumeMounts) expect(volumes).toContain(mount.name);
    for (const mount of container.volumeMounts)
      if (/^(config|secrets)/.test(mount.name)) expect(mount.readOnly).toBe(true);
  }
}

test('images are pulled with the given Secrets', () => {
  const podOf = (pullSecrets: string[]) => setOf(siteObjects({ ...site('brazil'), pullSecrets })).template.spec;
  expect(podOf(['registry'])).toMatchObject({ imagePullSecrets: [{ name: 'registry' }] });
  expect(podOf([])).not.toHaveProperty('imagePullSecrets');
});

test('each container sees only the secrets that it reads; rsyncd and all but the agent cannot write files', () => {
  const set = setOf(siteObjects(site('germany')));
  const keys = (name: string) =>
    set.template.spec.volumes.find((volume) => volume.name === `secrets-${name}`)?.secret?.items.map(({ key }) => key);
  expect(keys('mysql')).toEqual(['mysql-init.sql']);
  expect(keys('rsyncd')).toEqual(['rsyncd.secrets']);
  expect(keys('link')).toEqual(['user_key', 'user_key-cert.pub', 'known_hosts']);
  expect(keys('sshd')).toEqual(['host_key', 'host_key-cert.pub', 'ca.pub']);
  expect(keys('agent')).not.toContain('user_key');
  const writers = containersOf(set).filter(({ volumeMounts }) =>
    volumeMounts.some(({ mountPath, readOnly }) => mountPath === '/site/folders' && !readOnly),
  );
  expect(writers.map(({ name }) => name)).toEqual(['agent']);
});

const checksum = (input: SiteInput) =>
  setOf(siteObjects(input)).template.metadata.annotations['sitesync.dev/restart-checksum'];

test('only what a process reads at its start restarts the pod', () => {
  const input = site('germany');
  const { plan, secrets } = input;
  const before = JSON.stringify(setOf(siteObjects(input)));
  const folder = { ...plan.folders[0]!, name: 'drawings' };
  const inbound = { ...secrets.inbound, japan: secrets.inbound['brazil']! };
  const changed: SiteInput = {
    ...input,
    plan: { ...plan, beatSeconds: 99, folders: [...plan.folders, folder], links: plan.links.slice(1) },
    secrets: { ...secrets, agentPassword: 'another', apiToken: 'another', inbound },
    tls: { 'tls.crt': 'renewed', 'tls.key': 'renewed' },
    keys: { ...input.keys, host_key: 'renewed' },
  };
  expect(JSON.stringify(setOf(siteObjects(changed)))).toBe(before);
  expect(checksum({ ...input, plan: { ...plan, ports: { ...plan.ports, mysql: 1 } } })).not.toBe(checksum(input));
});

test('a child that becomes a hub keeps its selector, which is immutable', () => {
  const brazil = site('brazil');
  const germany = site('germany');
  const promoted = { ...germany, plan: { ...germany.plan, site: 'brazil' } };
  expect(setOf(siteObjects(promoted)).selector).toEqual(setOf(siteObjects(brazil)).selector);
});

test('the volumes of two networks never share a name, and a bound one keeps its own', () => {
  const spec = { storage: { path: '/srv/files' }, placement: { nodeSelector: { office: 'brazil' } } };
  const volumeOf = (network: string, name: string, volumeName?: string) => {
    const input = site('brazil');
    const objects = siteObjects({ ...input, plan: { ...input.plan, network, site: name }, spec, volumeName });
    const { metadata } = find(objects, 'PersistentVolume');
    expect(find(objects, 'PersistentVolumeClaim').spec).toMatchObject({ volumeName: metadata.name });
    return metadata.name;
  };
  expect([volumeOf('acme', 'x-y'), volumeOf('acme-x', 'y')]).toEqual(['acme.x-y.files', 'acme-x.y.files']);
  expect(volumeOf('acme', 'x-y', 'acme-x-y-files')).toBe('acme-x-y-files');
});

test('a directory of a node: a volume bound to the node, and the state beside the files', () => {
  const input = site('brazil');
  const spec = { storage: { path: '/srv/files' }, placement: { nodeSelector: { office: 'brazil' } } };
  const objects = siteObjects({ ...input, spec });
  expect(find(objects, 'PersistentVolume')).toMatchObject({
    metadata: { name: 'default.brazil.files' },
    spec: {
      local: { path: '/srv/files' },
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { name: 'brazil-files' },
    },
  });
  expect(find(objects, 'PersistentVolume').metadata).not.toHaveProperty('namespace');
  const set = setOf(objects);
  expect(set.volumeClaimTemplates).toEqual([]);
  const mysql = containersOf(set).find(({ name }) => name === 'mysql');
  expect(mysql?.volumeMounts).toContainEqual({ name: 'files', subPath: '.sitesync-state', mountPath: '/site/state' });
  checkPod(set);
});

test.each([
  [{ claimName: 'tree' }, []],
  [{ claimName: 'tree', state: { size: '1Gi' } }, ['state']],
  [{ size: '2Gi' }, ['files', 'state']],
  [{ size: '2Gi', state: { claimName: 'db' } }, ['files']],
])('storage %j makes the claims %j', (storage, claims) => {
  const set = setOf(siteObjects({ ...site('brazil'), spec: { storage } }));
  expect(set.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual(claims);
  checkPod(set);
});

test('a child may connect to its hubs and to DNS, and only its observers may connect to it', () => {
  const policy = find(siteObjects(site('brazil')), 'NetworkPolicy').spec as { ingress: unknown[]; egress: unknown[] };
  expect(policy.ingress).toHaveLength(1);
  expect(policy.egress).toHaveLength(3);
  const outside = site('brazil');
  const links = outside.plan.links.map((link, i) => ({
    ...link,
    address: i === 0 ? { host: '10.9.0.1', port: 2200 } : { host: 'sync.example', port: 2201 },
  }));
  const other = find(siteObjects({ ...outside, plan: { ...outside.plan, links } }), 'NetworkPolicy');
  expect(JSON.stringify(other.spec)).toContain('"cidr":"10.9.0.1/32"');
  expect((other.spec as { egress: unknown[] }).egress).toContainEqual({ ports: [{ protocol: 'TCP', port: 2201 }] });
});

test('long names are truncated with a hash, and stay distinct', () => {
  const long = 'x'.repeat(60);
  expect(objectName('short', 'files')).toBe('short-files');
  expect(objectName(long, 'files')).toHaveLength(63);
  expect(objectName(long, 'files')).not.toBe(objectName(long, 'state'));
});

test('missing keys are named', () => {
  const input = site('germany');
  const { host_key: _, ...keys } = input.keys;
  expect(() => siteObjects({ ...input, keys })).toThrow('the keys of germany have no host_key');
});

test('a page is served on request: a port of the Service, its Secrets if they exist, a volume for sessions', () => {
  const page = { usersSecret: 'people', tlsSecret: 'page-tls' };
  const specOf = ({ spec }: Site) => ({ ...spec, page });
  const resources = loadResources(['manifests/five-offices.yaml']);
  const asked = { ...resources, sites: resources.sites.map((one) => ({ ...one, spec: specOf(one) })) };
  const objects = siteObjects(inputsOf(asked).find(({ plan }) => plan.site === 'brazil')!);
  const { spec } = setOf(objects).template;
  const agent = spec.containers.find(({ name }) => name === 'agent')!;
  expect(agent.volumeMounts).toContainEqual({ name: 'state', mountPath: '/site/state/page', subPath: 'page' });
  expect(JSON.stringify(spec.volumes)).toContain('"name":"people","optional":true,"items":[{"key":"users.yaml"');
  expect(JSON.stringify(spec.volumes)).toContain('"name":"page-tls","optional":true');
  expect(JSON.stringify(find(objects, 'Service').spec)).toContain('"name":"page","port":443');
  expect(JSON.stringify(find(objects, 'NetworkPolicy').spec)).toContain('8444');
  const [plain] = fiveOffices();
  expect(JSON.stringify(siteObjects(plain!))).not.toContain('8444');
});

test('a sign-in provider: its settings are in the plan, its secret only in the given Secret', () => {
  const oidc = {
    issuer: 'https://login.example:8443/acme',
    clientId: 'brazil',
    url: 'https://files.brazil.example',
    secretName: 'brazil-oidc',
    folders: { projects: { editor: ['makers'] } },
  };
  const resources = loadResources(['manifests/five-offices.yaml']);
  const asked = {
    ...resources,
    sites: resources.sites.map((one) => ({ ...one, spec: { ...one.spec, page: { oidc } } })),
  };
  const input = inputsOf(asked).find(({ plan }) => plan.site === 'brazil')!;
  const objects = siteObjects(input);
  const { secretName: _secret, ...settings } = oidc;
  const { data } = find(objects, 'ConfigMap') as { data?: Record<string, string> };
  expect((JSON.parse(data!['plan.json']!) as { oidc: unknown }).oidc).toEqual(settings);
  const volumes = setOf(objects).template.spec.volumes as unknown as {
    name: string;
    projected?: { sources: unknown[] };
  }[];
  expect(volumes.find(({ name }) => name === 'secrets-agent')?.projected?.sources).toContainEqual({
    secret: {
      name: 'brazil-oidc',
      optional: true,
      items: [
        { key: 'client-secret', path: 'oidc/client-secret' },
        { key: 'ca.crt', path: 'oidc/ca.crt' },
      ],
    },
  });
  const { egress } = find(objects, 'NetworkPolicy').spec as { egress: unknown[] };
  expect(egress).toContainEqual({
    ports: [
      { protocol: 'TCP', port: 443 },
      { protocol: 'TCP', port: 8443 },
    ],
  });
  // The running agent follows other rights.
  const other = { ...input, plan: { ...input.plan, oidc: { ...settings, admins: ['it'] } } };
  const checksum = (from: typeof input) =>
    setOf(siteObjects(from)).template.metadata.annotations['sitesync.dev/restart-checksum'];
  expect(checksum(other)).toBe(checksum(input));
});
