import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type AppliedSites, createAppliedSites } from '../apply/applied-sites.ts';
import { type Caches, startCaches } from '../apply/caches.ts';
import { createDriftTracker, type DriftTracker } from '../apply/drift.ts';
import { createClient, type KubeClient } from '../kube/client.ts';
import type { Metrics } from '../kube/metrics.ts';
import { ClusterError } from './cluster-error.ts';
import { connectTo } from './connect.ts';
import { checkPermissions, findHome, type Home } from './home.ts';
import type { Access } from './kubeconfig.ts';
import { openTunnel } from './tunnel.ts';

/** An open connection to one cluster, and everything that depends on it. */
export interface ClusterLink {
  access: Access;
  client: KubeClient;
  home: Home;
  caches: Caches;
  appliedSites: AppliedSites;
  drift: DriftTracker;
  /** Connects to a port of a pod there. */
  tunnel(pod: string, port: number): Promise<Duplex>;
  /** Throws when the cluster no longer responds, or not as it should. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface LinkOptions {
  access: Access;
  /** The namespace of the network's sites when the kubeconfig names none. */
  network: string;
  secret: string;
  requests: Pick<Metrics['requests'], 'inc'>;
  onChange(): void;
  log: Logger;
  /** Aborts opening. */
  signal: AbortSignal;
}

/** No other work waits for these responses, but one that takes longer will not come. */
const PATIENCE = { timeoutMs: 10_000, tries: 2 };
const SYNC_MS = 15_000;
/** Bookmarks come every minute. */
const SILENT_SECONDS = 150;

/** Connects, checks access and fills the caches. When it throws, nothing stays open. */
export async function openLink(options: LinkOptions): Promise<ClusterLink> {
  const { access, network, secret, requests, onChange, log, signal } = options;
  const connection = connectTo(access);
  const client = createClient(connection, { requests }, PATIENCE);
  const stop = new AbortController();
  const where = { namespace: access.namespace ?? network, server: access.server, secret };
  const close = async () => {
    stop.abort();
    await connection.close();
  };
  const giveUp = () => void close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const home = await findHome(client, where);
    const { namespace } = home;
    await checkPermissions(client, namespace);
    const caches = startCaches({ client, namespace, createdOnly: true, onChange, log, signal: stop.signal });
    await inTime(caches.synced, stop.signal);
    const check = async () => {
      const now = await findHome(client, where);
      if (now.uid !== home.uid) throw new ClusterError('NamespaceReplaced', `Namespace ${namespace} was recreated`);
      if (Math.max(...Object.values(caches.silence())) > SILENT_SECONDS) await checkPermissions(client, namespace);
    };
    const tunnel = async (pod: string, port: number) =>
      openTunnel({ server: access.server, namespace, pod, port }, await connection.credentials());
    return {
      access,
      client,
      home,
      caches,
      appliedSites: createAppliedSites(caches),
      drift: createDriftTracker(),
      tunnel,
      check,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function inTime(synced: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('listing its objects timed out')), SYNC_MS);
  signal.addEventListener('abort', () => reject(new Error('it was disconnected')), { once: true });
  try {
    await Promise.race([synced, promise]);
  } finally {
    clearTimeout(timer);
    // An abort after the race is decided must not become an unhandled rejection.
    promise.catch(() => undefined);
  }
}
