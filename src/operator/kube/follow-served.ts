import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import type { KubeClient } from './client.ts';
import type { Informer } from './informer.ts';
import { RESOURCES } from './object.ts';
import { isServed } from './served.ts';

const POLL_MS = 60_000;
/** Nothing waits longer than this for a kind that the operator may not have permission to discover. */
const PATIENCE_MS = 10_000;

/** An informer of an optional kind, running while the cluster serves that kind. */
export interface Served {
  kind: string;
  informer(): Informer | undefined;
  /** Resolves after the first discovery and, if the kind is served, its first list. */
  synced: Promise<void>;
  closed: Promise<void>;
}

export interface ServedOptions {
  client: KubeClient;
  kind: keyof typeof RESOURCES;
  log: Logger;
  signal: AbortSignal;
  /** Starts the informer; it ends with the given signal. */
  start(signal: AbortSignal): Informer;
  lookMs?: number;
}

/** Checks every minute whether the cluster serves a kind, and follows it while it does. */
export function followServed({ client, kind, log, signal, start, lookMs = POLL_MS }: ServedOptions): Served {
  const { promise: synced, resolve: setSynced } = Promise.withResolvers<void>();
  let following: { informer: Informer; stop: AbortController } | undefined;

  async function look(): Promise<void> {
    const isThere = await isServed(client, RESOURCES[kind]);
    if (isThere && !following) {
      const stop = new AbortController();
      following = { informer: start(AbortSignal.any([signal, stop.signal])), stop };
      await Promise.race([following.informer.synced, delay(PATIENCE_MS, signal)]);
      log.info({ kind }, 'the cluster has this kind');
    } else if (!isThere && following) {
      const { informer, stop } = following;
      following = undefined;
      stop.abort();
      await informer.closed;
      log.info({ kind }, 'the cluster no longer has this kind');
    }
  }

  async function run(): Promise<void> {
    await repeat(() => look().finally(setSynced), {
      signal,
      pause: lookMs,
      failed: (error) => log.warn({ kind, reason: error.message }, 'discovering the kinds failed'),
    });
    await following?.informer.closed;
  }

  return { kind, informer: () => following?.informer, synced, closed: run() };
}
