import { MADE } from '../apply/caches.ts';
import type { KubeClient } from '../kube/client.ts';
import { collectionPath, type KubeObject, objectPath, RESOURCES } from '../kube/object.ts';
import { namespaceError } from './cluster-error.ts';

/** The namespace of another cluster in which a network's sites run. Its uid tells clusters apart, whatever their address. */
export interface Home {
  uid: string;
  namespace: string;
  server: string;
}

/** Asks for the namespace: whether the cluster answers, knows us, and has it. Throws what is wrong. */
export async function findHome(
  client: KubeClient,
  { namespace, server, secret }: { namespace: string; server: string; secret: string },
): Promise<Home> {
  const path = objectPath({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  try {
    const { metadata } = await client.ask<KubeObject>({ method: 'GET', path });
    return { uid: metadata.uid!, namespace, server };
  } catch (error) {
    throw namespaceError(error, namespace, secret);
  }
}

/** Asks for a little of everything that is cached: an informer would try again for ever, and tell nobody that it may not. */
export async function mayRead(client: KubeClient, namespace: string): Promise<void> {
  const look = (kind: (typeof MADE)[number]) =>
    client.ask({ method: 'GET', path: collectionPath(RESOURCES[kind], namespace), query: { limit: 1 } });
  await Promise.all(MADE.map(look));
}
