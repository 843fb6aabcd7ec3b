import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The operator's metrics, under controller-runtime's names so that its dashboards and alerts fit. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];
  const byController = ['controller'];
  const byName = ['name'];
  return {
    registry,
    requests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to API servers by status code, method and host',
      labelNames: ['code', 'method', 'host'],
      registers,
    }),
    reconciles: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciliations by result: success, error, requeue, requeue_after',
      labelNames: ['controller', 'result'],
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciliations that failed',
      labelNames: byController,
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Duration of one reconciliation',
      labelNames: byController,
      buckets,
      registers,
    }),
    activeWorkers: new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Workers currently reconciling',
      labelNames: byController,
      registers,
    }),
    queueDepth: new Gauge({
      name: 'workqueue_depth',
      help: 'Keys waiting in the queue',
      labelNames: byName,
      registers,
    }),
    queueAdds: new Counter({
      name: 'workqueue_adds_total',
      help: 'Keys added to the queue',
      labelNames: byName,
      registers,
    }),
    queueRetries: new Counter({
      name: 'workqueue_retries_total',
      help: 'Keys re-added after a failure',
      labelNames: byName,
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'Time a key waited in the queue',
      labelNames: byName,
      buckets,
      registers,
    }),
    workSeconds: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'Time taken to process a key',
      labelNames: byName,
      buckets,
      registers,
    }),
    unfinishedSeconds: new Gauge({
      name: 'workqueue_unfinished_work_seconds',
      help: 'Total time spent so far on keys still being processed',
      labelNames: byName,
      registers,
    }),
    longestSeconds: new Gauge({
      name: 'workqueue_longest_running_processor_seconds',
      help: 'Time spent so far on the longest-running key',
      labelNames: byName,
      registers,
    }),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process is the leader',
      labelNames: byName,
      registers,
    }),
    informerSilence: new Gauge({
      name: 'sitesync_informer_last_event_seconds',
      help: 'Seconds since an informer last heard from the API server',
      labelNames: ['resource'],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
