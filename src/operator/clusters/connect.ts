import { Agent } from 'undici';
import type { ClusterConnection } from '../kube/connection.ts';
import type { Access } from './kubeconfig.ts';

/** An API server that answers nothing must not be waited for longer. */
const CONNECT_TIMEOUT_MS = 5000;
const CONNECTIONS = 16;

/** A pool of connections of its own for one cluster, with credentials that are text: nothing is read or run for them. */
export function connectTo({ server, ca, serverName, cert, key, token }: Access): ClusterConnection {
  const dispatcher = new Agent({
    connections: CONNECTIONS,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(cert !== undefined && { cert, key }),
    },
  });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { origin: server, credentials: async () => ({ dispatcher, headers }), close: () => dispatcher.destroy() };
}
