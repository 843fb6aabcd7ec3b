import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { isNotFound, KubeError } from './error.ts';
import { collectionPath, type KubeObject, RESOURCES } from './object.ts';

/** Something that a user would want to know about an object. */
export interface NewEvent {
  type: 'Normal' | 'Warning';
  /** CamelCase, from a closed list. */
  reason: string;
  message: string;
  /** What was done or seen: a verb in CamelCase. */
  action: string;
}

/**
 * Records Events (events.k8s.io/v1). A repetition within the hour only increments the count, and is written at most once a
 * minute. Never makes its caller fail.
 */
export interface Recorder {
  record(about: KubeObject, event: NewEvent): Promise<void>;
}

const SERIES_MS = 3_600_000;
const COUNTED_EVERY_MS = 60_000;
const REMEMBERED = 4096;

export function createRecorder(
  client: KubeClient,
  identity: string,
  log: Logger,
  now: () => number = Date.now,
): Recorder {
  /** Event name and count, keyed by content. */
  const series = new Map<string, { name: string; namespace: string; count: number; at: number; countedAt?: number }>();

  async function create(about: KubeObject, { type, reason, message, action }: NewEvent, key: string): Promise<void> {
    const { name, namespace = 'default', uid } = about.metadata;
    const at = now();
    const suffix = createHash('sha256').update(`${key} ${at}`).digest('hex').slice(0, 16);
    const event = { name: `${name}.${suffix}`, namespace, count: 1, at };
    series.delete(key);
    series.set(key, event);
    const [oldest] = series.keys();
    if (series.size > REMEMBERED && oldest !== undefined) series.delete(oldest);
    const { apiVersion, kind } = about;
    await client.request({
      method: 'POST',
      path: collectionPath(RESOURCES.Event, namespace),
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: event.name, namespace },
        eventTime: microTime(at),
        reportingController: 'sitesync.dev/operator',
        reportingInstance: identity.slice(0, 128),
        type,
        reason,
        action,
        note: message.slice(0, 1024),
        regarding: { apiVersion, kind, name, namespace, uid, resourceVersion: about.metadata.resourceVersion },
      },
    });
  }

  return {
    async record(about, event) {
      const { kind, metadata } = about;
      const key = [kind, metadata.namespace, metadata.name, event.reason, event.message].join('\0');
      const known = series.get(key);
      try {
        if (!known || now() - known.at > SERIES_MS) return await create(about, event, key);
        known.count++;
        if (known.countedAt !== undefined && now() - known.countedAt < COUNTED_EVERY_MS) return;
        known.countedAt = now();
        await client.request({
          method: 'PATCH',
          path: `${collectionPath(RESOURCES.Event, known.namespace)}/${known.name}`,
          contentType: 'application/merge-patch+json',
          body: { series: { count: known.count, lastObservedTime: microTime(now()) } },
        });
      } catch (error) {
        if (isNotFound(error)) series.delete(key);
        // A namespace that is being deleted accepts no events.
        const expected = error instanceof KubeError && (error.code === 403 || error.code === 404);
        log[expected ? 'debug' : 'warn']({ reason: (error as Error).message }, 'an event could not be recorded');
      }
    },
  };
}

const microTime = (ms: number) => new Date(ms).toISOString().replace(/Z$/, '000Z');
