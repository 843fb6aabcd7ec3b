import type { KubeObject, ObjectMeta } from '../kube/object.ts';

/** The network that an object in another cluster belongs to; ids are unique across clusters. */
export const NETWORK_ID = 'sitesync.dev/network-id';
/** The uid of the Site it was created for; shared objects have none. */
export const SITE_UID = 'sitesync.dev/site-uid';

export interface RemoteTarget {
  /** The namespace there. */
  namespace: string;
  networkId: string;
  siteUid?: string | undefined;
}

/**
 * An object as it is created in another cluster: in the namespace there, with labels in place of an owner, which cannot be
 * in another cluster, and without the uid that it has here. Pods have the labels too, which shows when the last one of a site is gone. Pure.
 */
export function remoteObject(object: KubeObject, { namespace, networkId, siteUid }: RemoteTarget): KubeObject {
  const labels = { [NETWORK_ID]: networkId, ...(siteUid !== undefined && { [SITE_UID]: siteUid }) };
  const { ownerReferences: _owner, uid: _uid, namespace: here, ...metadata } = object.metadata;
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
