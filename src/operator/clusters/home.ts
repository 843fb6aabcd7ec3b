import { CREATED_KINDS } from '../apply/caches.ts';
import type { KubeClient } from '../kube/client.ts';
import { collectionPath, type KubeObject, objectPath, RESOURCES } from '../kube/object.ts';
import { namespaceError } from './cluster-error.ts';

/** The namespace of another cluster in which a network's sites run. Its uid tells clusters apart, whatever their address. */
export interface Home {
  uid: string;
  namespace: string;
  server: string;
}

/** Reads the namespace, which shows whether the cluster responds, accepts our credentials, and has it. Throws what is wrong. */
export async function findHome(
  client: KubeClient,
  { namespace, server, secret }: { namespace: string; server: string; secret: string },
): Promise<Home> {
  const path = objectPath({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  try {
    const { metadata } = await client.request<KubeObject>({ method: 'GET', path });
    return { uid: metadata.uid!, namespace, server };
  } catch (error) {
    throw namespaceError(error, namespace, secret);
  }
}

/** Lists one object of each cached kind: an informer without permission would retry forever and tell nobody. */
export async function checkPermissions(client: KubeClient, namespace: string): Promise<void> {
  const look = (kind: (typeof CREATED_KINDS)[number]) =>
    client.request({ method: 'GET', path: collectionPath(RESOURCES[kind], namespace), query: { limit: 1 } });
  await Promise.all(CREATED_KINDS.map(look));
}
