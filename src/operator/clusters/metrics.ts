import { Gauge } from 'prom-client';
import type { Metrics } from '../kube/metrics.ts';

/** What alerts are based on. A cluster that is no longer used has no samples. */
export interface ClusterMetrics {
  requests: Pick<Metrics['requests'], 'inc'>;
  show(network: string, secret: string, reachable: boolean): void;
  forget(network: string, secret: string): void;
  /** Drops the request metrics of this API server. */
  forgetHost(host: string): Promise<void>;
}

export function createClusterMetrics({ registry, requests }: Pick<Metrics, 'registry' | 'requests'>): ClusterMetrics {
  const usable = new Gauge({
    name: 'sitesync_cluster_usable',
    help: '1 while the operator can reconcile the sites in another cluster',
    labelNames: ['network', 'secret'],
    registers: [registry],
  });
  return {
    requests,
    show: (network, secret, reachable) => usable.set({ network, secret }, Number(reachable)),
    forget: (network, secret) => usable.remove({ network, secret }),
    async forgetHost(host) {
      const { values } = await requests.get();
      for (const { labels } of values) if (labels.host === host) requests.remove(labels);
    },
  };
}
