import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { backoffMs } from '../../base/backoff.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import type { Recorder } from '../kube/events.ts';
import type { Metrics } from '../kube/metrics.ts';
import type { Failure } from '../status/conditions.ts';
import { ClusterError, failureOf } from './cluster-error.ts';
import { deleteOrphans, type SiteIsGone } from './delete-orphans.ts';
import { type DesiredState, NOTHING_DESIRED } from './desired-state.ts';
import type { Access } from './kubeconfig.ts';
import { type ClusterLink, openLink } from './link.ts';
import { createObservedState, fingerprint, type ObservedState, presentIn } from './observed-state.ts';
import { orphansOf } from './orphans.ts';
import { placeRemotely } from './place-remote.ts';

export interface Cluster {
  observed: ObservedState;
  setDesired(desired: DesiredState): void;
  desired(): DesiredState;
  /**
   * One pass: Secret, connection, objects. It may take as long as the cluster takes to answer; only its own worker may wait
   * for it.
   */
  reconcile(): Promise<ReconcileResult>;
  /** Connects to a port of a site's pod there; undefined while the cluster cannot be reached. */
  tunnel(site: string, port: number): Promise<Duplex> | undefined;
  host(): string | undefined;
  close(): Promise<void>;
}

export interface ClusterOptions {
  network: string;
  secret: string;
  /** What the Secret holds now. Rejects when the local API server does not respond. */
  readAccess(): Promise<Access | { fault: string }>;
  siteIsGone: SiteIsGone;
  /** Of the cluster with the network. */
  recorder: Recorder;
  requests: Pick<Metrics['requests'], 'inc'>;
  /** Called when something changed there. */
  onChange(): void;
  /** Called when what is known about it has changed. */
  onObserved(): void;
  log: Logger;
  now(): number;
}

const POLL_MS = 10_000;
const FIRST_PAUSE_MS = 2000;

/** One other cluster of one network, with its own client and caches. */
export function createCluster(options: ClusterOptions): Cluster {
  const { network, secret, now, log } = options;
  let desired = NOTHING_DESIRED;
  let link: ClusterLink | undefined;
  let remembered: Access | undefined;
  let failures = 0;
  let nextTry = 0;
  /** What the Secret held at the last attempt. */
  let triedText = '';
  /** There is something new to apply that no attempt was made for; it may arrive during an attempt. */
  let untried = false;
  const closing = new AbortController();
  const observed: ObservedState = createObservedState(
    () => link,
    () => desired,
  );

  async function disconnect(): Promise<void> {
    const before = link;
    link = undefined;
    await before?.close();
  }

  /** Follows the Secret: from now on only its current credentials are used. Returns what is wrong with it. */
  async function follow(read: Access | { fault: string }): Promise<Failure | undefined> {
    const fault = 'fault' in read ? read.fault : undefined;
    if (!('fault' in read)) remembered = read;
    const access = 'fault' in read ? (desired.removing ? remembered : undefined) : read;
    observed.lost = access === undefined && remembered === undefined;
    if (link && JSON.stringify(link.access) !== JSON.stringify(access)) await disconnect();
    if (access) await reach(access);
    if (fault === undefined) return undefined;
    return { reason: 'KubeconfigUnusable', message: `Secret ${secret} of spec.placement.kubeconfigSecret: ${fault}` };
  }

  async function reach(access: Access): Promise<void> {
    try {
      await link?.check();
    } catch (error) {
      const stale = error instanceof ClusterError;
      if (!stale) throw error;
      await disconnect();
    }
    link ??= await openLink({ ...options, access, signal: closing.signal });
    observed.home = link.home;
  }

  async function bring(usable: boolean): Promise<void> {
    const { networkId, shared, sites, homeUid, ...placements } = desired;
    const current = link;
    if (!current || networkId === undefined || current.home.uid !== homeUid) return;
    const wanted = usable && sites.length > 0 ? { networkId, shared, sites } : { networkId, shared: [], sites: [] };
    const { complete, wanted: keys, errors } = await placeRemotely(current, options.recorder, wanted);
    observed.errors = errors;
    await deleteOrphans(
      current.client,
      orphansOf(presentIn(current, networkId), placements, complete, keys),
      options.siteIsGone,
    );
  }

  async function attempt(read: Access | { fault: string }): Promise<Failure | undefined> {
    try {
      const failure = await follow(read);
      await bring(failure === undefined);
      // An unusable Secret costs no requests, and what was known before may still serve to remove objects.
      failures = 0;
      return failure;
    } catch (error) {
      if (closing.signal.aborted) return undefined;
      failures += 1;
      log.warn({ network, secret, reason: (error as Error).message }, 'another cluster could not be reconciled');
      return failureOf(error, secret, (link?.access ?? remembered)?.server);
    }
  }

  return {
    observed,
    desired: () => desired,
    setDesired(next) {
      if (next.sites.length !== desired.sites.length || next.removing !== desired.removing) untried = true;
      desired = next;
    },
    async reconcile() {
      if (closing.signal.aborted) return {};
      const read = await options.readAccess();
      const text = JSON.stringify(read);
      // After a failure it waits, unless there is something new to try with.
      if (now() < nextTry && text === triedText && !untried)
        return { requeueAfterMs: Math.min(POLL_MS, nextTry - now()) };
      triedText = text;
      untried = false;
      const before = fingerprint(observed);
      const failure = await attempt(read);
      if (closing.signal.aborted) return {};
      observed.attempted = true;
      observed.failure = failure;
      const wait = failures > 0 ? backoffMs(failures, FIRST_PAUSE_MS, Math.random()) : POLL_MS;
      nextTry = failures > 0 ? now() + wait : 0;
      if (fingerprint(observed) !== before) options.onObserved();
      return {
        requeueAfterMs: untried ? 1 : Math.min(POLL_MS, wait),
        ...(failure && { error: new Error(failure.message) }),
      };
    },
    tunnel: (site, port) => (observed.failure ? undefined : link?.tunnel(`${site}-0`, port)),
    host: () => link && new URL(link.access.server).host,
    async close() {
      closing.abort();
      await disconnect();
    },
  };
}
