import { Agent } from 'undici';
import type { ClusterConnection } from '../kube/connection.ts';
import type { Access } from './kubeconfig.ts';

/** The longest wait for an API server that does not answer. */
const CONNECT_TIMEOUT_MS = 5000;
const CONNECTIONS = 16;

/**
 * Connects to one cluster with a pool of its own. The credentials are plain text: no file is read and no program run for
 * them.
 */
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
