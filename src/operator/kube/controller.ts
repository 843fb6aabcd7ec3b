import type { Logger } from 'pino';
import { isConflict } from './error.ts';
import type { Metrics } from './metrics.ts';
import { createQueue, type Queue } from './queue.ts';

/** What follows a reconciliation: nothing, or another one after `requeueAfterMs`. */
export interface ReconcileResult {
  requeueAfterMs?: number;
  /** A partial failure while the rest succeeded: counted as an error, retried by the next reconciliation. */
  error?: Error;
}

export interface Controller {
  queue: Queue;
  /** Resolves when all workers have finished, after the signal was aborted. */
  closed: Promise<void>;
}

export interface ControllerOptions {
  name: string;
  workers: number;
  /** Reconciles what the key stands for. Idempotent; reads everything anew. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

/** Workers over a queue of keys. A key is retried with back-off after an error, and soon after a conflict. */
export function startController(options: ControllerOptions): Controller {
  const { name, workers, reconcile, metrics, log, signal } = options;
  const queue = createQueue(name, metrics);
  if (signal.aborted) queue.shutDown();
  signal.addEventListener('abort', () => queue.shutDown(), { once: true });

  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.next();
      if (key === undefined) return;
      metrics.activeWorkers.inc({ controller: name });
      const end = metrics.reconcileSeconds.startTimer({ controller: name });
      const result = await attempt(key);
      end();
      metrics.activeWorkers.dec({ controller: name });
      metrics.reconciles.inc({ controller: name, result });
      queue.done(key);
    }
  }

  async function attempt(key: string): Promise<string> {
    try {
      const { requeueAfterMs, error } = await reconcile(key, signal);
      queue.forget(key);
      if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
      if (error) {
        metrics.reconcileErrors.inc({ controller: name });
        return 'error';
      }
      return requeueAfterMs === undefined ? 'success' : 'requeue_after';
    } catch (error) {
      if (signal.aborted) return 'requeue';
      if (isConflict(error)) {
        queue.addRateLimited(key);
        return 'requeue';
      }
      metrics.reconcileErrors.inc({ controller: name });
      log.error({ key, err: error }, 'reconciliation failed');
      queue.addRateLimited(key);
      return 'error';
    }
  }

  return { queue, closed: Promise.all(Array.from({ length: workers }, work)).then(() => undefined) };
}
