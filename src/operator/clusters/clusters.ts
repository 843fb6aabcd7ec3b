import type { Logger } from 'pino';
import type { KubeClient } from '../kube/client.ts';
import { type Controller, startController } from '../kube/controller.ts';
import { isNotFound, KubeError } from '../kube/error.ts';
import type { Recorder } from '../kube/events.ts';
import type { Metrics } from '../kube/metrics.ts';
import { type KubeObject, objectPath } from '../kube/object.ts';
import { filesOf } from '../kube/secret.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { type Access, readKubeconfig } from './kubeconfig.ts';
import type { ClusterMetrics } from './metrics.ts';

/**
 * The other clusters in which sites run. Each is reconciled separately, so that none delays another or what runs in this
 * cluster.
 */
export interface Clusters {
  /** The cluster that a Secret of a network leads to; the first call starts its reconciliation. */
  of(network: string, secret: string): Cluster;
  /** The one in which a site of a network is placed. */
  with(network: string, site: string): Cluster | undefined;
  /** Disconnects all others of this network, and drops their metrics. */
  keep(network: string, secrets: Set<string>): void;
  /** Schedules its next pass for now. */
  nudge(network: string, secret: string): void;
  /** Starts reconciling; makes no request before. Ends with the signal. */
  run(signal: AbortSignal): Controller;
  close(): Promise<void>;
}

export interface ClustersOptions {
  /** Of the cluster with the networks. */
  client: KubeClient;
  /** Its address; a kubeconfig may lead to the same one. */
  ownHost: string;
  recorder: Recorder;
  metrics: Metrics;
  clusterMetrics: ClusterMetrics;
  /** Called when something changed for this network. */
  onChange(network: string): void;
  log: Logger;
  now(): number;
}

/** More than there are clusters: one that waits for a response occupies its worker. */
const WORKERS = 256;
/** Separates the parts of a queue key; no namespace contains it. */
const SEPARATOR = '/';

export function createClusters(options: ClustersOptions): Clusters {
  const { client, ownHost, recorder, metrics, clusterMetrics, onChange, log, now } = options;
  const clusters = new Map<string, Map<string, Cluster>>();
  let controller: Controller | undefined;
  const reconcileNow = (network: string, secret: string) => controller?.queue.add(`${network}${SEPARATOR}${secret}`);

  function open(network: string, secret: string): Cluster {
    const changed = () => {
      reconcileNow(network, secret);
      onChange(network);
    };
    return createCluster({
      network,
      secret,
      readAccess: () => readAccess(client, network, secret),
      siteIsGone: (name, uid) => siteIsGone(client, network, name, uid),
      recorder,
      requests: clusterMetrics.requests,
      onChange: changed,
      onObserved: () => onChange(network),
      log: log.child({ cluster: secret }),
      now,
    });
  }

  async function leave(network: string, secret: string, cluster: Cluster): Promise<void> {
    const host = cluster.host();
    await cluster.close();
    clusterMetrics.forget(network, secret);
    const others = [...clusters.values()].flatMap((some) => [...some.values()]);
    if (host !== undefined && host !== ownHost && !others.some((one) => one.host() === host))
      await clusterMetrics.forgetHost(host);
  }

  async function look(key: string) {
    const at = key.indexOf(SEPARATOR);
    const [network, secret] = [key.slice(0, at), key.slice(at + 1)];
    const cluster = clusters.get(network)?.get(secret);
    if (!cluster) return {};
    const outcome = await cluster.reconcile();
    if (clusters.get(network)?.get(secret) === cluster)
      clusterMetrics.show(network, secret, cluster.observed.failure === undefined);
    return outcome;
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...clusters.values()].flatMap((some) => [...some.values()].map((one) => one.close())));
  }

  return {
    of(network, secret) {
      const known = clusters.get(network) ?? new Map<string, Cluster>();
      clusters.set(network, known);
      const cluster = known.get(secret) ?? open(network, secret);
      if (!known.has(secret)) {
        known.set(secret, cluster);
        reconcileNow(network, secret);
      }
      return cluster;
    },
    with: (network, site) =>
      [...(clusters.get(network)?.values() ?? [])].find((one) =>
        one.desired().sites.some((placed) => placed.site === site),
      ),
    keep(network, secrets) {
      const known = clusters.get(network);
      for (const [secret, cluster] of known ?? []) {
        if (secrets.has(secret)) continue;
        known!.delete(secret);
        leave(network, secret, cluster).catch((error: unknown) =>
          log.warn({ err: error }, 'disconnecting from a cluster failed'),
        );
      }
      if (known?.size === 0) clusters.delete(network);
    },
    nudge: reconcileNow,
    run(signal) {
      // A worker waiting for a response that never comes must not keep the process alive.
      signal.addEventListener('abort', () => void closeAll(), { once: true });
      controller = startController({ name: 'cluster', workers: WORKERS, reconcile: look, metrics, log, signal });
      return controller;
    },
    close: closeAll,
  };
}

const KEY = 'kubeconfig';

async function readAccess(client: KubeClient, network: string, secret: string): Promise<Access | { fault: string }> {
  const path = objectPath({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace: network } });
  try {
    const { [KEY]: text } = filesOf(await client.request<KubeObject>({ method: 'GET', path }));
    return text === undefined
      ? { fault: `it has no key "${KEY}": store the kubeconfig under this key` }
      : readKubeconfig(text);
  } catch (error) {
    if (isNotFound(error)) return { fault: 'it does not exist: create it, or correct the name' };
    if (error instanceof KubeError && error.code === 403) return { fault: 'the operator has no permission to read it' };
    throw error;
  }
}

async function siteIsGone(client: KubeClient, network: string, name: string, uid: string): Promise<boolean> {
  const metadata = { name, namespace: network };
  try {
    const path = objectPath({ apiVersion: 'sitesync.dev/v1alpha1', kind: 'Site', metadata });
    const found = await client.request<KubeObject>({ method: 'GET', path });
    return found.metadata.uid !== uid || found.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}
