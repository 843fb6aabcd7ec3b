import type { KubeClient } from './client.ts';
import { isNotFound } from './error.ts';
import { type KubeObject, objectPath, RESOURCES } from './object.ts';

/**
 * Makes that the claims of a StatefulSet stay when it is removed; true when they do. Its controller ties them to it, and unties
 * them some time after it is told: until then, removing the one removes the others.
 */
export async function letGoOfClaims(client: KubeClient, statefulSet: KubeObject): Promise<boolean> {
  const { metadata, spec } = statefulSet;
  const { persistentVolumeClaimRetentionPolicy: policy, volumeClaimTemplates = [] } = spec as {
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  if (policy?.whenDeleted === 'Delete') {
    await client.ask({
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
    return await client.ask<KubeObject>({
      method: 'GET',
      path: objectPath({ apiVersion, kind, metadata: { name, namespace } }),
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
