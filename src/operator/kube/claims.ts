import type { KubeClient } from './client.ts';
import { isNotFound } from './error.ts';
import { type KubeObject, objectPath, RESOURCES } from './object.ts';

/**
 * Makes the claims of a StatefulSet survive its deletion; true once they do. Its controller sets owner references on them
 * and removes these some time after being told: until then, deleting the StatefulSet deletes its claims.
 */
export async function detachClaims(client: KubeClient, statefulSet: KubeObject): Promise<boolean> {
  const { metadata, spec } = statefulSet;
  const { persistentVolumeClaimRetentionPolicy: policy, volumeClaimTemplates = [] } = spec as {
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  if (policy?.whenDeleted === 'Delete') {
    await client.request({
      method: 'PATCH',
      path: objectPath(statefulSet),
      contentType: 'application/merge-patch+json',
      body: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } } },
    });
    return false;
  }
  for (const template of volumeClaimTemplates) {
    const name = `${template.metadata.name}-${metadata.name}-0`;
    const claim = await claimOf(client, metadata.namespace!, name);
    if (claim?.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid)) return false;
  }
  return true;
}

async function claimOf(client: KubeClient, namespace: string, name: string): Promise<KubeObject | undefined> {
  const { apiVersion, kind } = RESOURCES.PersistentVolumeClaim;
  try {
    return await client.request<KubeObject>({
      method: 'GET',
      path: objectPath({ apiVersion, kind, metadata: { name, namespace } }),
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
