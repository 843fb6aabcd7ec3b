import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs } from '../../base/backoff.ts';
import type { KubeClient } from './client.ts';
import { Digest } from './digest.ts';
import { isExpired } from './error.ts';
import { listPages, type Selection } from './list.ts';
import type { KubeObject } from './object.ts';
import { createSharing } from './sharing.ts';
import { watch } from './watch.ts';

/**
 * A copy of a collection that follows the API server. Objects are plain JSON with only our own managedFields; never mutate
 * them.
 */
export interface Informer {
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  /** Of all namespaces when none is given. */
  list(namespace?: string): KubeObject[];
  /**
   * Takes in the server's response to one of our writes ahead of the watch, so that the next pass does not take our own
   * object for missing.
   */
  learn(object: KubeObject): void;
  /** Resolves once the first list is in. */
  synced: Promise<void>;
  hasSynced(): boolean;
  /** Since anything came from the server: an object, a bookmark or a list. */
  secondsSinceLastEvent(): number;
  /** Resolves when it has stopped, after the signal was aborted. */
  closed: Promise<void>;
}

export interface InformerOptions {
  client: KubeClient;
  selection: Selection;
  /** Keys below `data` that are only ever compared: only digests of their values are kept. */
  comparedOnly?: readonly string[];
  /**
   * Called for each object that was added, changed or removed, also when a list after a gap reveals it. Must be quick and
   * not throw.
   */
  onChange(object: KubeObject): void;
  log: Logger;
  signal: AbortSignal;
  random?: () => number;
  now?: () => number;
}

const FIRST_WAIT_MS = 250;

/** Lists and watches; after any error it resumes with whatever was missed. Only its signal ends it. */
export function startInformer({ client, selection, onChange, log, signal, ...options }: InformerOptions): Informer {
  const { random = Math.random, now = Date.now, comparedOnly = [] } = options;
  const kept = (object: KubeObject) => share(digested(slim(object), comparedOnly));
  const { promise: synced, resolve: setSynced } = Promise.withResolvers<void>();
  const objects = new Map<string, KubeObject>();
  const share = createSharing();
  let isSynced = false;
  let lastEvent = now();

  function put(object: KubeObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    if (!isNewer(object, objects.get(key))) return;
    objects.set(key, kept(object));
    onChange(object);
  }

  async function relist(): Promise<string> {
    const pages = listPages(client, selection, signal);
    const present = new Set<string>();
    let page = await pages.next();
    for (; !page.done; page = await pages.next()) {
      lastEvent = now();
      for (const item of page.value) {
        present.add(keyOf(item.metadata.namespace, item.metadata.name));
        put(item);
      }
    }
    for (const [key, object] of objects) {
      if (present.has(key)) continue;
      objects.delete(key);
      onChange(object);
    }
    isSynced = true;
    setSynced();
    return page.value;
  }

  async function run(): Promise<void> {
    let version: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        version ??= await relist();
        for await (const { type, object } of watch(client, selection, version, signal)) {
          failures = 0;
          lastEvent = now();
          version = object.metadata.resourceVersion;
          if (type === 'ADDED' || type === 'MODIFIED') put(object);
          else if (type === 'DELETED' && objects.delete(keyOf(object.metadata.namespace, object.metadata.name)))
            onChange(object);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) version = undefined;
        const wait = backoffMs(++failures, FIRST_WAIT_MS, random());
        log.warn(
          { resource: selection.resource.plural, reason: (error as Error).message, waitMs: Math.round(wait) },
          'lost contact with the API server',
        );
        await pause(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    get: (namespace, name) => objects.get(keyOf(namespace, name)),
    learn(object) {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      if (isNewer(object, objects.get(key))) objects.set(key, kept(object));
    },
    list: (namespace) => {
      const all = [...objects.values()];
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    },
    synced,
    hasSynced: () => isSynced,
    secondsSinceLastEvent: () => (now() - lastEvent) / 1000,
    closed: run(),
  };
}

const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;

/** By resourceVersion, an increasing number. */
function isNewer({ metadata }: KubeObject, present: KubeObject | undefined): boolean {
  const before = present?.metadata.resourceVersion;
  if (before === undefined || metadata.resourceVersion === undefined) return true;
  return BigInt(metadata.resourceVersion) > BigInt(before);
}

/** Of managedFields, the bulk of many objects, only our own are needed: they say which fields we once set. */
function slim(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  const own = managedFields?.filter(({ manager }) => manager === FIELD_MANAGER);
  return { ...object, metadata: { ...metadata, ...(own?.length && { managedFields: own }) } };
}

function digested(object: KubeObject, keys: readonly string[]): KubeObject {
  const data = object.data as Record<string, string> | undefined;
  if (!data || !keys.some((key) => key in data)) return object;
  const kept = Object.entries(data).map(([key, text]) => [key, keys.includes(key) ? new Digest(text) : text]);
  return { ...object, data: Object.fromEntries(kept) };
}

/** The field manager of the operator. */
export const FIELD_MANAGER = 'sitesync';
