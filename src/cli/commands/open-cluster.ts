import { readFileSync } from 'node:fs';
import { InvalidInput } from '../../base/invalid-input.ts';
import { createClient, type KubeClient } from '../../operator/kube/client.ts';
import { connectCluster } from '../../operator/kube/connection.ts';
import { KubeConfig } from '../../operator/kube/kube-config.ts';
import { createMetrics } from '../../operator/kube/metrics.ts';

/** A cluster as a user reaches it. Only commands that talk to one load this module. */
export interface Cluster {
  client: KubeClient;
  namespace: string;
  close(): Promise<void>;
}

export interface ClusterOptions {
  namespace?: string;
  kubeconfig?: string;
  context?: string;
}

/** Uses the kubeconfig as kubectl does. Throws {@link InvalidInput} when it is unusable. */
export async function openCluster({ namespace, kubeconfig, context }: ClusterOptions): Promise<Cluster> {
  const config = new KubeConfig();
  const file = kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config';
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromString(readFileSync(kubeconfig, 'utf8'));
  } catch (error) {
    const reason = `cannot be read: ${(error as Error).message}`;
    throw new InvalidInput([{ file, reason, remedy: 'Specify a kubeconfig with --kubeconfig' }]);
  }
  if (context !== undefined) {
    if (!config.getContextObject(context)) {
      const names = config.getContexts().map(({ name }) => name);
      throw new InvalidInput([{ file, reason: `has no context "${context}"`, remedy: `It has ${names.join(', ')}` }]);
    }
    config.setCurrentContext(context);
  }
  const connection = connectCluster(config);
  const current = config.getContextObject(config.getCurrentContext());
  return {
    client: createClient(connection, createMetrics()),
    namespace: namespace ?? current?.namespace ?? 'default',
    close: () => connection.close(),
  };
}
