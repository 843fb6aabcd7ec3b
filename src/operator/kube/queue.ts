import { backoffMs } from '../../base/backoff.ts';
import type { Metrics } from './metrics.ts';

/**
 * A work queue with the semantics of client-go's. A key is queued once however often it is added, is never processed twice
 * at the same time, and is processed again if it was added while being processed.
 */
export interface Queue {
  add(key: string): void;
  /** Adds it after this many milliseconds; an earlier delayed add of the same key stays. */
  addAfter(key: string, ms: number): void;
  /** Adds it after a back-off that doubles with each failure, from 5 ms to a minute. */
  addRateLimited(key: string): void;
  /** Resets its failure count. */
  forget(key: string): void;
  /** The next key, or undefined after shutdown. Call {@link Queue.done} when it is processed. */
  next(): Promise<string | undefined>;
  done(key: string): void;
  length(): number;
  /** Hands out no more keys. */
  shutDown(): void;
}

const FIRST_MS = 5;

export type QueueMetrics = Pick<
  Metrics,
  'queueDepth' | 'queueAdds' | 'queueRetries' | 'queueSeconds' | 'workSeconds' | 'unfinishedSeconds' | 'longestSeconds'
>;

/** @param now monotonic milliseconds */
export function createQueue(
  name: string,
  metrics: QueueMetrics,
  now: () => number = () => performance.now(),
  random: () => number = Math.random,
): Queue {
  /** Queued keys in order, with the time they were added. */
  const waiting = new Map<string, number>();
  /** Keys in progress, with the time they were started. */
  const working = new Map<string, number>();
  /** Added while in progress. */
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const appointments = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  const takers: ((key: string | undefined) => void)[] = [];
  let isShut = false;

  function add(key: string): void {
    if (isShut || waiting.has(key) || again.has(key)) return;
    metrics.queueAdds.inc({ name });
    if (working.has(key)) {
      again.add(key);
      return;
    }
    waiting.set(key, now());
    handOut();
  }

  function handOut(): void {
    const [first] = waiting;
    const taker = first && takers.shift();
    if (first && taker) {
      const [key, since] = first;
      waiting.delete(key);
      working.set(key, now());
      metrics.queueSeconds.observe({ name }, (now() - since) / 1000);
      taker(key);
    }
    measure();
  }

  function measure(): void {
    metrics.queueDepth.set({ name }, waiting.size);
    const ages = [...working.values()].map((since) => (now() - since) / 1000);
    metrics.unfinishedSeconds.set(
      { name },
      ages.reduce((sum, age) => sum + age, 0),
    );
    metrics.longestSeconds.set({ name }, Math.max(0, ...ages));
  }

  function addAfter(key: string, ms: number): void {
    if (isShut) return;
    if (ms <= 0) return add(key);
    const at = now() + ms;
    const present = appointments.get(key);
    if (present && present.at <= at) return;
    clearTimeout(present?.timer);
    const timer = setTimeout(() => {
      appointments.delete(key);
      add(key);
    }, ms);
    appointments.set(key, { at, timer });
  }

  return {
    add,
    addAfter,
    addRateLimited(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      metrics.queueRetries.inc({ name });
      addAfter(key, backoffMs(count, FIRST_MS, random()));
    },
    forget: (key) => void failures.delete(key),
    next() {
      if (isShut) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        takers.push(resolve);
        handOut();
      });
    },
    done(key) {
      const since = working.get(key);
      if (since === undefined) return;
      metrics.workSeconds.observe({ name }, (now() - since) / 1000);
      working.delete(key);
      if (again.delete(key) && !isShut) waiting.set(key, now());
      handOut();
    },
    length: () => waiting.size,
    shutDown() {
      isShut = true;
      for (const { timer } of appointments.values()) clearTimeout(timer);
      appointments.clear();
      waiting.clear();
      for (const taker of takers.splice(0)) taker(undefined);
      measure();
    },
  };
}
