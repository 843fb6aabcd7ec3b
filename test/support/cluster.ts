import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { inject } from 'vitest';
import type { Condition } from '../../src/api/status.ts';
import { kubeReader } from './kube-reader.ts';
import { until } from './until.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How the cluster is reached, and whether hack/cluster made it: then its nodes can be cut off. */
    cluster: { kubectl: string; kubeconfig: string; own: boolean; settings: string[] };
  }
}

/** An object as the API server has it, as far as tests look at it. */
export interface Live {
  kind: string;
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string; generation?: number };
  spec: Record<string, unknown>;
  data?: Record<string, string>;
  status?: { conditions?: Condition[]; [field: string]: unknown };
}

interface ContainerStatus {
  name: string;
  containerID: string;
  restartCount: number;
}

/** The operator, as helm installed it. */
export const OPERATOR = { namespace: 'sitesync', release: 'sitesync' };
/** Marks the namespaces that tests make, so that the next run can remove what an aborted one left. */
export const TEST_LABEL = 'sitesync.dev/test';
/** For what takes the longest: a pod that starts while its node works on many others. */
export const SLOW = 90_000;

/** As {@link until}, four times a second: the API server, three nodes and the pods share the processors with the tests. */
export function eventually<T>(condition: () => Promise<T> | T, timeoutMs?: number, what?: string) {
  return until(condition, timeoutMs, what, 250);
}

export const ownCluster = () => inject('cluster').own;
/** For the titles of tests that only a cluster of our own can run. */
export const notOwn = () => (ownCluster() ? '' : ' (the cluster is not of hack/cluster)');

function runKubectl(args: string[], input?: string) {
  const { kubectl: program, kubeconfig } = inject('cluster');
  const [file, ...first] = program.split(' ') as [string, ...string[]];
  return execa(file, [...first, `--kubeconfig=${kubeconfig}`, ...args], { ...(input !== undefined && { input }) });
}

/** Runs kubectl; rejects with what it said. */
export async function kubectl(args: string[], input?: string | object): Promise<string> {
  const { stdout } = await runKubectl(args, typeof input === 'object' ? JSON.stringify(input) : input);
  return stdout;
}

export async function helm(...args: string[]): Promise<void> {
  const { stdout } = await execa('bash', ['hack/helm']);
  await execa(stdout, [...args, '--namespace', OPERATOR.namespace], {
    env: { KUBECONFIG: inject('cluster').kubeconfig },
  });
}

/** Installs or upgrades the operator with the images under test, and these settings beside. */
export const installOperator = (...settings: string[]) =>
  helm(
    'upgrade',
    '--install',
    OPERATOR.release,
    'charts/sitesync',
    '--create-namespace',
    '--wait',
    '--timeout=90s',
    ...inject('cluster').settings,
    ...settings,
  );

/** `hack/cluster …`: what only the test cluster can do. */
export const hackCluster = (...args: string[]) => execa('hack/cluster', args);

export type TestNetwork = Awaited<ReturnType<typeof createNetwork>>;

/** A namespace of its own with PodSecurity "restricted", in which these objects are applied. */
export async function createNetwork(purpose: string, objects: string | object[]) {
  const namespace = `${purpose}-${randomBytes(3).toString('hex')}`;
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', [TEST_LABEL]: 'true' };
  await kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  const here = (args: string[], input?: string | object) => kubectl(['-n', namespace, ...args], input);
  const apply = (...items: object[]) => here(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
  if (typeof objects === 'string') await here(['apply', '-f', objects]);
  else await apply(...objects);

  const reader = kubeReader(inject('cluster').kubeconfig);
  const get = (kind: string, name: string) => reader.get<Live>(namespace, kind, name);
  const condition = async (site: string, type: string, kind = 'site') =>
    (await get(kind, site)).status?.conditions?.find((one) => one.type === type);
  const shell = (site: string, script: string, container = 'agent') =>
    here(['exec', `${site}-0`, '-c', container, '--', 'bash', '-c', script]);

  /** The operator's Events about an object. */
  async function events(name: string, kind = 'Site'): Promise<{ reason: string; note: string }[]> {
    const items = await reader.list<{
      regarding: { name: string; kind: string };
      reason: string;
      note: string;
      reportingController: string;
    }>(namespace, 'event');
    return items.filter(
      (e) =>
        e.regarding.name === name && e.regarding.kind === kind && e.reportingController === 'sitesync.dev/operator',
    );
  }

  return {
    namespace,
    kubectl: here,
    apply,
    get,
    condition,
    list: async (kinds: string) => (JSON.parse(await here(['get', kinds, '-o', 'json'])) as { items: Live[] }).items,
    /** Runs bash in a container of a site's pod. */
    shell,
    /** Waits for a condition of a Site (or of another kind): `Ready=True`, `Ready=False/DiskFilling`; `or` is another reason. */
    async reaches(site: string, wanted: string, { kind = 'site', within = SLOW, or = '' } = {}): Promise<Condition> {
      const [type = '', status = '', reason] = wanted.split(/[=/]/);
      return eventually(
        async () => {
          const found = await condition(site, type, kind);
          if (found?.status === status && (reason === undefined || [reason, or].includes(found.reason))) return found;
          throw new Error(JSON.stringify(found));
        },
        within,
        `${wanted} of ${kind} ${site}`,
      );
    },
    ready: (...sites: string[]) =>
      here([
        'wait',
        '--for=condition=Ready',
        '--timeout=120s',
        ...(sites.length > 0 ? sites.map((s) => `site/${s}`) : ['site', '--all']),
      ]),
    /** Waits for an Event of the operator about an object, with such words; returns its message. */
    told: (name: string, reason: string, saying = /(?:)/, kind = 'Site') =>
      eventually(
        async () => (await events(name, kind)).find((one) => one.reason === reason && saying.test(one.note))?.note,
        15_000,
        `an Event ${reason} (${saying}) of ${kind} ${name}`,
      ),
    /** Follows the conditions of a site: every `Type=Status/Reason` that it has from now on, however shortly. */
    history(site: string) {
      const query = `?watch=1&fieldSelector=metadata.name=${site}`;
      const watching = runKubectl([
        'get',
        '--raw',
        `/apis/sitesync.dev/v1alpha1/namespaces/${namespace}/sites${query}`,
      ]);
      let text = '';
      watching.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      watching.catch(() => undefined); // it is killed
      const seen = () => {
        const events = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as { object: Live });
        const words = events.flatMap(({ object }) => object.status?.conditions ?? []);
        return [...new Set(words.map(({ type, status, reason }) => `${type}=${status}/${reason}`))].join('\n');
      };
      return { seen, stop: () => void watching.kill() };
    },
    events,
    async containers(site: string): Promise<ContainerStatus[]> {
      const { status } = await get('pod', `${site}-0`);
      const { containerStatuses = [], initContainerStatuses = [] } = (status ?? {}) as Record<
        string,
        ContainerStatus[]
      >;
      return [...initContainerStatuses, ...containerStatuses];
    },
    /** Saves a file at one site and waits until it is at the others. */
    async crosses(from: string, to: string[], folder = 'projects'): Promise<void> {
      const name = `${randomBytes(4).toString('hex')}.txt`;
      const text = `saved in ${from}`;
      await shell(from, `echo ${JSON.stringify(text)} > /site/folders/${folder}/${name}`);
      // The pods wait: to run a command in one takes a tenth of a second of processor time.
      const arrived = `[ "$(cat /site/folders/${folder}/${name} 2>/dev/null)" = ${JSON.stringify(text)} ]`;
      const wait = `for ((i = 0; i < 50; i++)); do ${arrived} && exit 0; sleep 0.1; done; exit 1`;
      const came = (site: string) => shell(site, wait).then(() => true);
      await Promise.all(to.map((site) => eventually(() => came(site), SLOW, `${name} of ${from} to be in ${site}`)));
    },
    remove: () => kubectl(['delete', 'namespace', namespace, '--wait=false']),
  };
}
