import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { isConflict, isNotFound, KubeError } from './error.ts';
import type { Metrics } from './metrics.ts';
import { type KubeObject, objectPath } from './object.ts';

export interface LeaseTiming {
  /** A leader that has not renewed for this long is considered gone. */
  leaseMs: number;
  /** A leader that could not renew for this long steps down before the others take over. */
  renewDeadlineMs: number;
  retryMs: number;
}

/** The defaults of client-go. */
const LEASE_TIMING: LeaseTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** The lease as last seen, and when by our own clock. */
export interface Observed {
  version: string | undefined;
  holder: string | undefined;
  /** Monotonic milliseconds: when this version was first seen. */
  at: number;
}

/** Whether we may take or renew the lease. Expiry is judged by when we saw it change, never by the other's clock. Pure. */
export function mayHold(me: string, seen: Observed, now: number, timing: LeaseTiming): boolean {
  return !seen.holder || seen.holder === me || now - seen.at > timing.leaseMs;
}

export interface LeaderOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  /** Unique per process. */
  identity: string;
  log: Logger;
  metrics: Pick<Metrics, 'leader'>;
  /** Aborting it releases the lease, so that the next leader need not wait. */
  signal: AbortSignal;
  timing?: LeaseTiming;
}

/**
 * Waits to become leader, runs `lead` while it is, and returns when `lead` has ended after the signal was aborted. Throws
 * when leadership was lost: the process must exit then, because another one leads.
 */
export async function whileLeading(
  options: LeaderOptions,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { identity, log, metrics, signal, timing = LEASE_TIMING } = options;
  const clock = () => performance.now();
  const election = createElection(options, timing, clock);
  metrics.leader.set({ name: options.name }, 0);
  while (!signal.aborted && !(await election.attempt()))
    await pause(timing.retryMs, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return election.release();

  log.info({ identity }, 'leading');
  metrics.leader.set({ name: options.name }, 1);
  const stop = new AbortController();
  let lost: Error | undefined;
  const leading = lead(AbortSignal.any([signal, stop.signal]));
  const ended = leading.then(
    () => true,
    () => true,
  );
  let renewedAt = clock();
  for (;;) {
    const over = await Promise.race([ended, pause(timing.retryMs, false, { ref: false })]);
    if (over) break;
    if (await election.attempt()) renewedAt = clock();
    else if (election.isOthers() || clock() - renewedAt > timing.renewDeadlineMs) {
      lost = new Error('leadership was lost');
      stop.abort(lost);
      break;
    }
  }
  metrics.leader.set({ name: options.name }, 0);
  try {
    await leading;
  } finally {
    if (!lost) await election.release();
  }
  if (lost) throw lost;
}

function createElection(
  { client, namespace, name, identity, log }: LeaderOptions,
  timing: LeaseTiming,
  clock: () => number,
) {
  const lease: KubeObject = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } };
  let seen: Observed = { version: undefined, holder: undefined, at: clock() };
  const ask = { timeoutMs: timing.renewDeadlineMs / 2 };

  function observe(live: KubeObject | undefined): LeaseSpec {
    const spec = (live?.spec ?? {}) as LeaseSpec;
    const version = live?.metadata.resourceVersion;
    if (version !== seen.version || seen.version === undefined)
      seen = { version, holder: spec.holderIdentity ?? undefined, at: clock() };
    return spec;
  }

  async function put(live: KubeObject | undefined, spec: LeaseSpec): Promise<void> {
    const body = live ? { ...live, spec } : { ...lease, spec };
    // With its resourceVersion: if two try, one gets a conflict.
    const done = await client.request<KubeObject>({
      ...ask,
      method: live ? 'PUT' : 'POST',
      path: live ? objectPath(lease) : objectPath(lease).replace(/\/[^/]+$/, ''),
      body,
    });
    observe(done);
  }

  const read = () =>
    client.request<KubeObject>({ ...ask, method: 'GET', path: objectPath(lease) }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });

  return {
    isOthers: () => seen.holder !== undefined && seen.holder !== identity,
    /** Takes or renews the lease; false when another process holds it or the server does not respond. */
    async attempt(): Promise<boolean> {
      try {
        const live = await read();
        const spec = observe(live);
        if (!mayHold(identity, seen, clock(), timing)) return false;
        const now = microTime();
        const mine = seen.holder === identity;
        await put(live, {
          holderIdentity: identity,
          leaseDurationSeconds: timing.leaseMs / 1000,
          acquireTime: mine && spec.acquireTime ? spec.acquireTime : now,
          renewTime: now,
          leaseTransitions: (spec.leaseTransitions ?? 0) + (mine || !live ? 0 : 1),
        });
        return true;
      } catch (error) {
        const lostRace = isConflict(error) || (error instanceof KubeError && error.reason === 'AlreadyExists');
        if (!lostRace) log.warn({ reason: (error as Error).message }, 'the lease could not be renewed');
        return false;
      }
    },
    /** Releases the lease if we hold it. */
    async release(): Promise<void> {
      if (seen.holder !== identity) return;
      try {
        const live = await read();
        if ((live?.spec as LeaseSpec | undefined)?.holderIdentity !== identity) return;
        await put(live, {
          ...(live!.spec as LeaseSpec),
          holderIdentity: '',
          leaseDurationSeconds: 1,
          renewTime: microTime(),
        });
      } catch (error) {
        log.warn({ reason: (error as Error).message }, 'the lease could not be released: it will expire');
      }
    },
  };
}

/** RFC 3339 with microseconds, the format of a Lease. */
const microTime = () => new Date().toISOString().replace(/Z$/, '000Z');
