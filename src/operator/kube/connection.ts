import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import { memo } from '../../base/memo.ts';

/** How to reach one API server: its address and the credentials for each request. */
export interface ClusterConnection {
  origin: string;
  /** The shared connection pool, and headers that are valid now. */
  credentials(): Promise<{ dispatcher: Dispatcher; headers: Record<string, string> }>;
  close(): Promise<void>;
}

const CONNECTIONS = 32;
const CONNECT_TIMEOUT_MS = 10_000;
/** Tokens and certificates are rotated, so they are reloaded after this many milliseconds. */
const FRESH_MS = 10_000;

interface Material {
  ca?: unknown;
  cert?: unknown;
  key?: unknown;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/**
 * One shared pool for all requests to a cluster: client-node would open a new TLS connection for each. Credentials come
 * from the kubeconfig (tokens, files, certificates, exec plugins, service account). Use one KubeConfig per cluster: it
 * caches credentials by user name.
 */
export function connectCluster(config: KubeConfig, now: () => number = Date.now): ClusterConnection {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig has no current context: select one with kubectl config use-context');
  let pool: { dispatcher: Agent; identity: string } | undefined;

  async function refresh(): Promise<Record<string, string>> {
    const options: RequestOptions & Material = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized, auth } = options;
    const connect = {
      timeout: CONNECT_TIMEOUT_MS,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    };
    const identity = JSON.stringify([ca, cert, key].map(String));
    if (pool?.identity !== identity) {
      // Requests in progress finish on the old pool.
      void pool?.dispatcher.close();
      pool = { dispatcher: new Agent({ connections: CONNECTIONS, connect }), identity };
    }
    const headers = Object.fromEntries(
      Object.entries(options.headers as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
    );
    if (auth) headers.authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
    return headers;
  }

  const currentHeaders = memo(refresh, FRESH_MS, now);
  return {
    origin: cluster.server,
    async credentials() {
      const headers = await currentHeaders();
      return { dispatcher: pool!.dispatcher, headers };
    },
    close: async () => pool?.dispatcher.destroy(),
  };
}
