import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import pino from 'pino';
import { logTo, logUnhandledRejections } from '../base/log.ts';
import { POD_LISTENS } from '../topology/pods.ts';
import type { EngineName, SitePlan } from '../topology/site-plan.ts';
import { createAppliedSites } from './apply/applied-sites.ts';
import { startCaches } from './apply/caches.ts';
import { createDriftTracker } from './apply/drift.ts';
import { type Clusters, createClusters } from './clusters/clusters.ts';
import { createClusterMetrics } from './clusters/metrics.ts';
import { createKeyMetrics } from './keys/metrics.ts';
import { createClient } from './kube/client.ts';
import { connectCluster } from './kube/connection.ts';
import { startController } from './kube/controller.ts';
import { createRecorder } from './kube/events.ts';
import { KubeConfig } from './kube/kube-config.ts';
import { whileLeading } from './kube/lease.ts';
import { createMetrics } from './kube/metrics.ts';
import { createBundleStore } from './network/bundles.ts';
import type { Context } from './network/context.ts';
import { GIVE_UP_MS } from './network/finalize-records.ts';
import { createInventories } from './network/inventories.ts';
import { createSiteMetrics } from './network/metrics.ts';
import { isRecord } from './network/placement-records.ts';
import { createPodWatch } from './network/pod-watch.ts';
import { reconcileNetwork } from './network/reconcile.ts';
import { type AddressOf, createReports } from './network/reports.ts';
import { createRollouts } from './network/rollouts.ts';
import { KEY_POLICY, type KeyPolicy } from './network/rotations.ts';
import { createCredentialsCache } from './network/site-credentials.ts';
import { createSuppliedSecrets } from './network/supplied-secrets.ts';
import { serveProbes } from './probes.ts';
import { createLastKnown } from './status/last-known.ts';
import { createPace } from './status/pace.ts';

export interface OperatorOptions {
  /** Absent: the kubeconfig of the environment, or the pod's service account. */
  kubeconfig?: string | undefined;
  /** Watch only this namespace; absent: all of them. */
  namespace?: string | undefined;
  /** The namespace of the lease. */
  leaseNamespace: string;
  /** What the database image runs. */
  engine: EngineName;
  images: { sitesync: string; database: string };
  /** Names of the Secrets with which the pods of sites pull images. */
  imagePullSecrets: string[];
  observers: string[];
  keys?: KeyPolicy;
  /** Ports for metrics and probes; 0 = any free one. */
  metricsPort: number;
  healthPort: number;
  version: string;
  /** How to reach agents, if not through their Services. */
  addressOf?: AddressOf;
  /** Milliseconds until objects in a cluster that does not respond are abandoned. */
  giveUpMs?: number;
}

const WORKERS = 4;

/**
 * Runs the operator until `signal` is aborted: waits to become leader, then reconciles every network in the namespaces it
 * watches. Rejects when leadership is lost: the process must exit then.
 */
export async function runOperator(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const log = pino({ name: 'operator' }, logTo());
  logUnhandledRejections(log);
  const { keys = KEY_POLICY } = options;
  const metrics = createMetrics();
  const config = loadConfig(options.kubeconfig);
  const connection = connectCluster(config);
  const client = createClient(connection, metrics);
  const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  let notice: (namespace: string) => void = () => undefined;
  const caches = startCaches({
    client,
    namespace: options.namespace,
    onChange: (namespace) => notice(namespace),
    log,
    signal: ended,
  });
  const probes = await serveProbes({
    ...options,
    registry: metrics.registry,
    ready: caches.hasSynced,
    collect() {
      for (const [resource, seconds] of Object.entries(caches.silence()))
        metrics.informerSilence.set({ resource }, seconds);
    },
  });
  const recorder = createRecorder(client, identity, log);
  const clusters = createClusters({
    client,
    recorder,
    ownHost: new URL(connection.origin).host,
    metrics,
    clusterMetrics: createClusterMetrics(metrics),
    onChange: (network) => notice(network),
    log,
    now: Date.now,
  });
  const reports = createReports(options.addressOf ?? ((plan) => endpointOf(plan, clusters)), Date.now);
  const context: Context = {
    client,
    caches,
    clusters,
    recorder,
    credentials: createCredentialsCache(Date.now, keys.certificateDays),
    bundles: createBundleStore(Date.now),
    supplied: createSuppliedSecrets(client, Date.now),
    keyPolicy: keys,
    reports,
    metrics: createSiteMetrics(metrics.registry),
    keyMetrics: createKeyMetrics(metrics.registry),
    inventories: createInventories(),
    appliedSites: createAppliedSites(caches),
    drift: createDriftTracker(),
    pods: createPodWatch(),
    lastKnown: createLastKnown(),
    pace: createPace(Date.now),
    rollouts: createRollouts(),
    engine: options.engine,
    images: options.images,
    pullSecrets: options.imagePullSecrets,
    observers: options.observers,
    version: options.version,
    giveUpMs: options.giveUpMs ?? GIVE_UP_MS,
    log,
    now: Date.now,
  };
  try {
    const lease = {
      client,
      namespace: options.leaseNamespace,
      name: 'sitesync-operator',
      identity,
      log,
      metrics,
      signal,
    };
    await whileLeading(lease, async (leading) => {
      await Promise.race([caches.synced, aborted(leading)]);
      if (leading.aborted) return;
      const controller = startController({
        name: 'network',
        workers: WORKERS,
        reconcile: (network) => reconcileNetwork(network, context),
        metrics,
        log,
        signal: leading,
      });
      notice = (namespace) => controller.queue.add(namespace);
      const remote = clusters.run(leading);
      // A network whose Sites are all gone may have left objects in another cluster.
      const begun = [...caches.of('Site').list(), ...caches.of('ConfigMap').list().filter(isRecord)];
      for (const namespace of new Set(begun.map(({ metadata }) => metadata.namespace!))) notice(namespace);
      await Promise.all([controller.closed, remote.closed]);
    });
  } finally {
    stop.abort();
    await caches.closed;
    await probes.close();
    await reports.close();
    await clusters.close();
    await connection.close();
  }
}

/** The Service of a site or, when it runs in another cluster, a tunnel through the API server there. */
function endpointOf({ site, network }: SitePlan, clusters: Clusters): ReturnType<AddressOf> {
  const { port } = POD_LISTENS.https;
  const service = { host: `${site}.${network}.svc`, port };
  if (!clusters.with(network, site)) return service;
  const tunnel = async () => {
    const opening = clusters.with(network, site)?.tunnel(site, port);
    if (!opening) throw new Error('its cluster does not respond');
    return opening;
  };
  return { ...service, tunnel };
}

function loadConfig(path: string | undefined) {
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromString(readFileSync(path, 'utf8'));
  return config;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
