import { type OperatorOptions, runOperator } from '../../src/operator/main.ts';
import { freePort } from './net.ts';

/** The operator in this process, for an API server without pods: no agent answers. */
export async function startOperator(kubeconfig: string, options: Partial<OperatorOptions> = {}) {
  const stop = new AbortController();
  const metricsPort = await freePort();
  const ended = runOperator(
    {
      kubeconfig,
      leaseNamespace: 'default',
      engine: 'mariadb',
      images: { sitesync: 'example.org/sitesync:1', database: 'mariadb:11.8' },
      imagePullSecrets: [],
      observers: ['sitesync'],
      metricsPort,
      healthPort: 0,
      version: '0.1.0',
      addressOf: () => ({ host: '127.0.0.1', port: 1 }),
      ...options,
    },
    stop.signal,
  );
  return {
    metrics: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
