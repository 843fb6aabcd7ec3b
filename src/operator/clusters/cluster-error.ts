import { isNotFound, KubeError } from '../kube/error.ts';
import type { Failure } from '../status/conditions.ts';

/** A problem with one cluster that a user must fix; the others are unaffected. */
export class ClusterError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The condition for a failed request to a cluster. Pure. */
export function failureOf(error: unknown, secret: string, server: string | undefined): Failure {
  if (error instanceof ClusterError) return { reason: error.reason, message: error.message };
  const cluster = `The cluster of Secret ${secret}${server === undefined ? '' : ` (${server})`}`;
  if (error instanceof KubeError && error.code === 401)
    return {
      reason: 'KubeconfigUnusable',
      message: `${cluster} rejects the credentials: create a new token there, and store the new kubeconfig in the Secret`,
    };
  if (error instanceof KubeError && error.code === 403)
    return {
      reason: 'ClusterForbids',
      message: `${cluster} denies access: ${said(error)}. Apply manifests/other-cluster.yaml in the namespace there`,
    };
  const why = error instanceof KubeError ? said(error) : messageOf(error);
  return {
    reason: 'ClusterUnreachable',
    message: `${cluster} does not respond: ${why}. Its sites keep running; changes are applied once it responds again`,
  };
}

/** A missing namespace gets an error of its own: the API server only says "not found". */
export function namespaceError(error: unknown, namespace: string, secret: string): unknown {
  if (!isNotFound(error)) return error;
  return new ClusterError(
    'NamespaceMissing',
    `The cluster of Secret ${secret} has no namespace ${namespace}: create it there, or set another one in the context of the kubeconfig`,
  );
}

const said = ({ message, code }: KubeError) => message.slice(0, 300) || `it returned ${code}`;

/** The message of the innermost cause: "fetch failed" says nothing. */
function messageOf(error: unknown): string {
  const { name, message, cause, code } = error as Error & { code?: string };
  if (cause instanceof Error) return messageOf(cause);
  if (name === 'TimeoutError') return 'timed out';
  return (message || code || 'the connection failed').slice(0, 300);
}
