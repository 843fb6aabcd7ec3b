import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NetworkReport, Summary } from '../../src/api/network-report.ts';
import type { Condition } from '../../src/api/status.ts';
import { type ApiServer, KUBE, startApiServer } from '../support/api-server.ts';
import { startOperator } from '../support/operator.ts';
import { until } from '../support/until.ts';

interface Live {
  metadata: { name: string; generation?: number; annotations?: Record<string, string> };
  spec: { template: { spec: { containers: { image: string }[] } } };
  data?: Record<string, string>;
  status?: { conditions?: Condition[] };
}

const NAMESPACE = 'acme';
const HUBS = ['lima', 'quito'];
const SITES = ['cusco', 'lima', 'piura', 'quito'];
const BAD = 'example.org/sitesync:bad';

const api = (kind: string, name: string, spec: object) => ({
  apiVersion: 'sitesync.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});

describe.skipIf('missing' in KUBE)(`roll-outs${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let server: ApiServer;
  let operator: Awaited<ReturnType<typeof startOperator>> | undefined;
  const agents = new Map<string, Server>();
  /** Generations of StatefulSets whose pods run. */
  const running = new Map<string, number>();
  /** The sites whose pods were replaced, in order. */
  let replaced: string[] = [];
  const kubectl = (args: string[], input?: object) =>
    server.kubectl(['-n', NAMESPACE, ...args], input && JSON.stringify(input));
  const get = (kind: string, name: string) => JSON.parse(kubectl(['get', kind, name, '-o', 'json'])) as Live;
  const sets = () => (JSON.parse(kubectl(['get', 'statefulsets', '-o', 'json'])) as { items: Live[] }).items;
  const imageOf = ({ spec }: Live) => spec.template.spec.containers[0]!.image;
  const condition = (site: string, type: string) =>
    get('site', site).status?.conditions?.find((one) => one.type === type);

  /** What controllers and kubelet do: replaces the pod of each StatefulSet that has changed. */
  function runPods(): void {
    for (const set of sets()) {
      const { name, generation = 0 } = set.metadata;
      if (running.get(name) === generation) continue;
      if (running.has(name)) replaced.push(name);
      running.set(name, generation);
      const image = imageOf(set);
      const pod = `${name}-0`;
      kubectl(['delete', 'pod', pod, '--ignore-not-found', '--force', '--grace-period=0']);
      const labels = { 'app.kubernetes.io/managed-by': 'sitesync' };
      const spec = { containers: [{ name: 'agent', image }] };
      kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, labels }, spec });
      const isUp = image !== BAD;
      const waiting = { waiting: { reason: 'ErrImagePull', message: 'no such image' } };
      const container = { name: 'agent', image, imageID: '', restartCount: 0, ready: isUp };
      patch('pod', pod, {
        conditions: [{ type: 'Ready', status: isUp ? 'True' : 'False' }],
        containerStatuses: [{ ...container, state: isUp ? { running: {} } : waiting }],
      });
      const revision = String(generation);
      const ready = { replicas: 1, readyReplicas: Number(isUp), observedGeneration: generation };
      patch('statefulset', name, { ...ready, currentRevision: revision, updateRevision: revision });
    }
  }
  const patch = (kind: string, name: string, status: object) =>
    kubectl(['patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);

  const report = (reporter: string): NetworkReport => ({
    reporter,
    at: Date.now(),
    beatSeconds: 5,
    sites: SITES.map((name) => ({
      name,
      role: HUBS.includes(name) ? ('hub' as const) : ('child' as const),
      via: name === reporter ? null : reporter,
      connected: true,
      inSync: true,
      lagSeconds: 0,
      filesBehind: 0,
      bytesBehind: 0,
      more: false,
      folders: {},
      summary: Summary.parse({ connected: true, inSync: true, peers: SITES.filter((one) => one !== name) }),
      version: '0.1.0',
      disk: { free: 60e9, size: 100e9 },
      beatAt: Date.now(),
    })),
  });

  /** An agent that reports a network in which all is well. */
  function startAgent(hub: string): Server {
    const { 'tls.crt': cert = '', 'tls.key': key = '' } = get('secret', `${hub}-keys`).data!;
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    const agent = createServer({ cert: text(cert), key: text(key) }, (_request, response) => {
      response.end(JSON.stringify(report(hub)));
    });
    agent.listen(0, '127.0.0.1');
    return agent;
  }

  async function start(image: string): Promise<void> {
    await operator?.stop();
    operator = await startOperator(server.kubeconfig, {
      images: { sitesync: image, database: 'mariadb:11.8' },
      addressOf: ({ site }) => ({
        host: '127.0.0.1',
        port: (agents.get(site)?.address() as AddressInfo | undefined)?.port ?? 1,
      }),
    });
  }
  const reaches = (what: string, condition: () => boolean) =>
    until(
      () => {
        runPods();
        return condition();
      },
      200_000,
      what,
      500,
    );
  const allReady = () => SITES.every((site) => condition(site, 'Ready')?.status === 'True');

  beforeAll(async () => {
    server = await startApiServer();
    server.kubectl(['apply', '-f', 'crds/']);
    server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    server.kubectl(['create', 'namespace', NAMESPACE]);
    const hubs = HUBS.map((name) => ({ name }));
    const items = [
      ...HUBS.flatMap((name) => [api('Site', name, {}), api('Hub', name, {})]),
      ...['cusco', 'piura'].map((name) => api('Site', name, { hubs })),
    ];
    kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
    await start('example.org/sitesync:1');
    await until(() => sets().length === SITES.length, 60_000, 'the StatefulSets');
    for (const hub of HUBS) agents.set(hub, startAgent(hub));
    await reaches('all to be ready', allReady);
  }, 300_000);
  afterAll(async () => {
    await operator?.stop();
    for (const agent of agents.values()) agent.close();
    await server?.stop();
  });

  it('a new image goes from site to site, also when the operator is replaced meanwhile', async () => {
    replaced = [];
    await start('example.org/sitesync:2');
    await reaches('the first site', () => replaced.length === 1);
    expect(condition('piura', 'Ready')).toMatchObject({ status: 'True' });
    await start('example.org/sitesync:2');
    await reaches('the first hub', () => replaced.length === 2);
    expect(condition('piura', 'Reconciling')).toMatchObject({ status: 'True', reason: 'RolloutPending' });
    await reaches('the last site', () => replaced.length === 4);
    expect(replaced).toEqual(['cusco', 'lima', 'quito', 'piura']);
    await reaches('all to be done', () =>
      SITES.every((site) => condition(site, 'Reconciling')?.status === 'False' && allReady()),
    );
    // The last heartbeat may be that of the pod before, so this takes a while.
    await reaches('nobody to be waited for', () =>
      sets().every(({ metadata }) => metadata.annotations?.['sitesync.dev/taking'] === undefined),
    );
  }, 500_000);

  it('a bad image stops at the first site, the right one continues, and what a person changes applies at once', async () => {
    replaced = [];
    await start(BAD);
    await reaches('the roll-out to stop', () => condition('lima', 'Reconciling')?.reason === 'RolloutStopped');
    expect(condition('cusco', 'Ready')).toMatchObject({ status: 'False', reason: 'ErrImagePull' });
    const events = kubectl(['get', 'events.v1.events.k8s.io', '-o', 'json']);
    expect(events).toContain('RolloutStopped');
    expect(replaced).toEqual(['cusco']);
    expect(sets().filter((set) => imageOf(set) === BAD)).toHaveLength(1);
    await start('example.org/sitesync:3');
    await reaches('the right image', () => imageOf(get('statefulset', 'cusco')) === 'example.org/sitesync:3');
    await reaches('the next site', () => replaced.length === 3);
    expect(replaced).toEqual(['cusco', 'cusco', 'lima']);
    kubectl(['patch', 'site', 'piura', '--type=merge', '-p', '{"spec":{"pod":{"priorityClassName":"urgent"}}}']);
    await reaches('the change of a person', () => replaced.includes('piura'));
  }, 500_000);
});
