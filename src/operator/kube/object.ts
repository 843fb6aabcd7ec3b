/** Any object of the Kubernetes API as JSON. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** The part of an object's metadata that we read and write. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  managedFields?: ManagedFields[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The fields that a manager has set: FieldsV1, a tree whose keys are `f:name`, `k:{…}`, `v:…` or `.`. */
export interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  /** Kept as text in an informer's copy: parsed it would take most of the memory. */
  fieldsV1?: Record<string, unknown>;
}

/** A kind and the name of its collection in paths. */
export interface ResourceKind {
  apiVersion: string;
  kind: string;
  plural: string;
  /** False for cluster-scoped kinds. */
  namespaced: boolean;
}

const namespaced = (apiVersion: string, kind: string, plural: string): ResourceKind => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});

/** Every kind that the operator reads or writes. */
export const RESOURCES = {
  Site: namespaced('sitesync.dev/v1alpha1', 'Site', 'sites'),
  Hub: namespaced('sitesync.dev/v1alpha1', 'Hub', 'hubs'),
  SyncFolder: namespaced('sitesync.dev/v1alpha1', 'SyncFolder', 'syncfolders'),
  StatefulSet: namespaced('apps/v1', 'StatefulSet', 'statefulsets'),
  Pod: namespaced('v1', 'Pod', 'pods'),
  Service: namespaced('v1', 'Service', 'services'),
  ConfigMap: namespaced('v1', 'ConfigMap', 'configmaps'),
  Secret: namespaced('v1', 'Secret', 'secrets'),
  ServiceAccount: namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  PersistentVolumeClaim: namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  PersistentVolume: { ...namespaced('v1', 'PersistentVolume', 'persistentvolumes'), namespaced: false },
  NetworkPolicy: namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  Ingress: namespaced('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  HTTPRoute: namespaced('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
  PodDisruptionBudget: namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  Lease: namespaced('coordination.k8s.io/v1', 'Lease', 'leases'),
  Event: namespaced('events.k8s.io/v1', 'Event', 'events'),
  Namespace: { ...namespaced('v1', 'Namespace', 'namespaces'), namespaced: false },
} as const satisfies Record<string, ResourceKind>;

/** The kind of an object; throws for one that the operator does not handle. */
export function resourceOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceKind {
  const found = Object.values(RESOURCES).find((one) => one.kind === kind && one.apiVersion === apiVersion);
  if (!found) throw new Error(`${apiVersion} ${kind} is not a kind that the operator handles`);
  return found;
}

/** The path of a collection, in all namespaces unless one is given. */
export function collectionPath(
  { apiVersion, plural, namespaced: inNamespace }: ResourceKind,
  namespace?: string,
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = inNamespace && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${plural}`;
}

/** The path of one object, or of its subresource. */
export function objectPath(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>, subresource?: string): string {
  const { name, namespace } = object.metadata;
  const path = `${collectionPath(resourceOf(object), namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/**
 * The object with the uid of a live one, if there is one: the API server then rejects it with a conflict when that one is gone.
 * For content that was derived from the live object and must not outlive it.
 */
export function instanceOf(object: KubeObject, uid: string | undefined): KubeObject {
  return uid === undefined ? object : { ...object, metadata: { ...object.metadata, uid } };
}

/** "Kind/name": names an object within its namespace. */
export const keyOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;
