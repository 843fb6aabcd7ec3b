import type { KubeClient } from './client.ts';
import { differs, ownedBy } from './differs.ts';
import { isNotFound } from './error.ts';
import { FIELD_MANAGER } from './informer.ts';
import { type KubeObject, objectPath } from './object.ts';

/**
 * Server-side apply. Sends nothing when `live`, from an informer, already matches: an object at rest costs no request.
 * Reverts foreign changes to our fields. Returns the object as it is now, or undefined when nothing was sent.
 */
export async function apply(
  client: KubeClient,
  desired: KubeObject,
  live: KubeObject | undefined,
): Promise<KubeObject | undefined> {
  if (live && !differs(desired, live, ownedBy(FIELD_MANAGER, live.metadata.managedFields))) return undefined;
  return client.request<KubeObject>({
    method: 'PATCH',
    path: objectPath(desired),
    query: { fieldManager: FIELD_MANAGER, force: true },
    contentType: 'application/apply-patch+yaml',
    body: desired,
  });
}

/** The same for the status of one of our objects; also returns undefined when the object is gone. */
export async function applyStatus(
  client: KubeClient,
  live: KubeObject,
  status: object,
): Promise<KubeObject | undefined> {
  const { apiVersion, kind, metadata } = live;
  const { name, namespace } = metadata;
  const desired: KubeObject = { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, status };
  const owned = ownedBy(FIELD_MANAGER, metadata.managedFields, 'status');
  if (owned && !differs(desired, live, owned)) return undefined;
  try {
    return await client.request<KubeObject>({
      method: 'PATCH',
      path: objectPath(desired, 'status'),
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml',
      body: desired,
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Deletes exactly this object, not one that was recreated under its name. No error if it is already gone. */
export async function remove(client: KubeClient, live: KubeObject): Promise<void> {
  try {
    await client.request({
      method: 'DELETE',
      path: objectPath(live),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        ...(live.metadata.uid && { preconditions: { uid: live.metadata.uid } }),
      },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
