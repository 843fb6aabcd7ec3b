import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadResources } from '../../../src/api/load.ts';
import { apply } from '../../../src/operator/kube/apply.ts';
import { createClient, type KubeClient } from '../../../src/operator/kube/client.ts';
import { connectCluster } from '../../../src/operator/kube/connection.ts';
import { createMetrics } from '../../../src/operator/kube/metrics.ts';
import { type KubeObject, objectPath } from '../../../src/operator/kube/object.ts';
import type { SiteInput } from '../../../src/operator/objects/input.ts';
import { networkObjects } from '../../../src/operator/objects/network-objects.ts';
import { siteObjects } from '../../../src/operator/objects/site-objects.ts';
import { rosterOf } from '../../../src/topology/roster.ts';
import { type ApiServer, KUBE, startApiServer } from '../../support/api-server.ts';
import { inputsOf } from './inputs.ts';

const NAMESPACE = 'restricted';

/** The five offices, one of them with all kinds of storage and pod settings. */
function inputs(): SiteInput[] {
  const offices = inputsOf(loadResources(['manifests/five-offices.yaml'])).map((input) => ({
    ...input,
    plan: { ...input.plan, network: NAMESPACE },
  }));
  const [first] = offices;
  const variant = (site: string, spec: SiteInput['spec'], more: Partial<SiteInput> = {}): SiteInput => ({
    ...first!,
    ...more,
    plan: { ...first!.plan, ...more.plan, site },
    spec,
  });
  const limits = { limits: { memory: '2Gi' }, requests: { cpu: '100m', memory: '1Gi' } };
  return [
    ...offices,
    variant(
      'with-page',
      {
        storage: {},
        page: {
          host: 'files.brazil.example',
          ingress: { className: 'nginx', tlsSecretName: 'files', annotations: { note: 'yes' } },
          httpRoute: {
            parentRefs: [
              { name: 'public', namespace: 'gateways', sectionName: 'https' },
              { name: 'public', namespace: 'gateways', sectionName: 'http' },
            ],
          },
          fromNamespaces: ['ingress-nginx'],
        },
      },
      { plan: { ...first!.plan, site: 'with-page', page: { host: '0.0.0.0', port: 8444 } } },
    ),
    variant('by-path', { storage: { path: '/srv/files' }, placement: { nodeSelector: { office: 'tokyo' } } }),
    variant('by-claim', { storage: { claimName: 'tree', state: { size: '1Gi', storageClassName: 'fast' } } }),
    variant(
      'with-wishes',
      {
        storage: { size: '1Ti', storageClassName: 'slow' },
        placement: { tolerations: [{ key: 'office', operator: 'Exists' }], affinity: { nodeAffinity: {} } },
        pod: { resources: { agent: limits }, annotations: { note: 'yes' } },
        deletionPolicy: 'Delete',
      },
      { hubService: { type: 'NodePort', nodePort: 30_222, annotations: { lb: 'internal' } } },
    ),
  ];
}

/** The pod as the StatefulSet controller would create it. */
function podOf(set: KubeObject): KubeObject {
  const { template, volumeClaimTemplates } = set.spec as {
    template: { metadata: { labels: Record<string, string> }; spec: { volumes: object[] } };
    volumeClaimTemplates: { metadata: { name: string } }[];
  };
  const { namespace, name } = set.metadata;
  const claims = volumeClaimTemplates.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}-0` },
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-0`, ...(namespace && { namespace }), labels: template.metadata.labels },
    spec: { ...template.spec, volumes: [...template.spec.volumes, ...claims] },
  };
}

describe.skipIf('missing' in KUBE)(`a real API server${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let server: ApiServer;
  let client: KubeClient;
  let connection: ReturnType<typeof connectCluster>;
  const get = (object: KubeObject) => client.request<KubeObject>({ method: 'GET', path: objectPath(object) });
  const send = (object: KubeObject) =>
    client.request({
      method: 'PATCH',
      path: objectPath(object),
      query: { fieldManager: 'sitesync', fieldValidation: 'Strict', force: true, dryRun: 'All' },
      contentType: 'application/apply-patch+yaml',
      body: object,
    });

  beforeAll(async () => {
    server = await startApiServer();
    connection = connectCluster(server.config());
    client = createClient(connection, createMetrics());
    server.kubectl(['apply', '-f', 'test/support/httproute-crd.yaml']);
    server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    server.kubectl(['create', 'namespace', NAMESPACE]);
    server.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
  }, 90_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  test('a pod that breaks the rules is refused: the namespace enforces them', async () => {
    const pod = podOf(siteObjects(inputs()[0]!).find(({ kind }) => kind === 'StatefulSet')!);
    const spec = { ...(pod.spec as object), hostNetwork: true };
    await expect(send({ ...pod, spec })).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  test.each(inputs().map((input) => [input.plan.site, input] as const))(
    '%s: takes every object strictly, lets the pod in, and sees no difference afterwards',
    async (_, input) => {
      const objects = siteObjects(input);
      for (const object of objects) await send(object);
      for (const object of objects) expect(await apply(client, object, undefined)).toBeDefined();
      const late = [];
      for (const object of objects) if (await apply(client, object, await get(object))) late.push(object.kind);
      expect(late).toEqual([]);
      await send(podOf(objects.find(({ kind }) => kind === 'StatefulSet')!));
    },
  );

  test('accepts the objects of the network', async () => {
    for (const object of networkObjects(NAMESPACE, '0.1.0', rosterOf(inputs().map(({ plan }) => plan))!)) {
      await send(object);
      await apply(client, object, undefined);
      expect(await apply(client, object, await get(object))).toBeUndefined();
    }
  });
});
