import type { KubeObject, ObjectMeta } from '../kube/object.ts';

/** Says which network an object in another cluster belongs to: no other one has this id, in whichever cluster. */
export const NETWORK_ID = 'sitesync.dev/network-id';
/** Says for which Site (its uid) it was made; what all sites share has none. */
export const SITE_UID = 'sitesync.dev/site-uid';

export interface Elsewhere {
  /** The namespace there. */
  namespace: string;
  networkId: string;
  siteUid?: string | undefined;
}

/**
 * An object as it is in another cluster: in the namespace there, and with labels in place of an owner, which cannot be in another
 * cluster. Pods carry them too, so that one can see when the last of a site is gone. Pure.
 */
export function remoteObject(object: KubeObject, { namespace, networkId, siteUid }: Elsewhere): KubeObject {
  const labels = { [NETWORK_ID]: networkId, ...(siteUid !== undefined && { [SITE_UID]: siteUid }) };
  const { ownerReferences: _, namespace: here, ...metadata } = object.metadata;
  const moved: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      ...(here !== undefined && { namespace }),
      labels: { ...metadata.labels, ...labels },
    },
  };
  if (object.kind === 'StatefulSet') return withPodLabels(moved, labels);
  if (object.kind === 'PersistentVolume') return withClaimIn(moved, namespace);
  return moved;
}

function withPodLabels(object: KubeObject, labels: Record<string, string>): KubeObject {
  const spec = object.spec as { template: { metadata: ObjectMeta } };
  const { metadata } = spec.template;
  const template = { ...spec.template, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
  return { ...object, spec: { ...spec, template } };
}

function withClaimIn(object: KubeObject, namespace: string): KubeObject {
  const spec = object.spec as { claimRef: object };
  return { ...object, spec: { ...spec, claimRef: { ...spec.claimRef, namespace } } };
}

export const networkOf = ({ metadata }: KubeObject) => metadata.labels?.[NETWORK_ID];
export const siteUidOf = ({ metadata }: KubeObject) => metadata.labels?.[SITE_UID];
