import { readFileSync } from 'node:fs';
import type { ApiServer } from './api-server.ts';
import { type Proxy, proxy } from './net.ts';

interface Kubeconfig {
  clusters: { cluster: { server: string } }[];
}

export type FarCluster = Awaited<ReturnType<typeof startFarCluster>>;

/** A namespace of an API server as another cluster: behind a proxy that can misbehave, with the rights of manifests/other-cluster.yaml and no others. */
export async function startFarCluster(server: ApiServer, namespace: string) {
  const { clusters } = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as Kubeconfig;
  const { cluster } = clusters[0]!;
  const way: Proxy = await proxy({ port: Number(new URL(cluster.server).port) });
  const kubectl = (...args: string[]) => server.kubectl(['-n', namespace, ...args]);
  server.kubectl(['create', 'namespace', namespace]);
  const rights = readFileSync('manifests/other-cluster.yaml', 'utf8').replaceAll(
    'namespace: acme',
    `namespace: ${namespace}`,
  );
  const grant = () => server.kubectl(['-n', namespace, 'apply', '-f', '-'], rights);
  grant();
  const address = { ...cluster, server: `https://127.0.0.1:${way.port}` };
  return {
    way,
    namespace,
    server: address.server,
    kubectl,
    grant,
    /** With a new token each time. `user` in place of it. */
    kubeconfig: (user: object = { token: kubectl('create', 'token', 'sitesync-operator').trim() }, more: object = {}) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'far', cluster: { ...address, ...more } }],
        users: [{ name: 'sitesync', user }],
        contexts: [{ name: 'far', context: { cluster: 'far', user: 'sitesync', namespace } }],
        'current-context': 'far',
      }),
  };
}
