import { isNotFound } from '../kube/error.ts';
import { type KubeObject, objectPath } from '../kube/object.ts';
import { MANAGED_BY } from '../objects/labels.ts';
import type { Context } from './context.ts';

/** Reads from the cache, or else from the API server: a cache that lags must not cost keys or ports. */
export async function readObject(
  { client, caches }: Context,
  kind: 'ConfigMap' | 'Secret',
  network: string,
  name: string,
): Promise<KubeObject | undefined> {
  const object: KubeObject = { apiVersion: 'v1', kind, metadata: { name, namespace: network, labels: MANAGED_BY } };
  const known = caches.live(object);
  if (known) return known;
  try {
    const found = await client.request<KubeObject>({ method: 'GET', path: objectPath(object) });
    return { ...found, apiVersion: 'v1', kind };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
