import { VOLUME_SIZES } from '../../api/schema.ts';
import type { KubeObject } from '../kube/object.ts';
import type { SiteInput, SitePodSpec } from './input.ts';
import { type Json, objectName } from './json.ts';
import { metadataOf, selectorOf } from './labels.ts';

/** Where the database is kept on a volume that the user supplied for the files. */
export const STATE_FOLDER = '.sitesync-state';

/** The claim with the site's files, or undefined when the StatefulSet creates it. */
export function fileClaim({ plan, spec: { storage } }: SiteInput): string | undefined {
  return storage.claimName ?? (storage.path === undefined ? undefined : objectName(plan.site, 'files'));
}

/** The claim with the database: the one with the files unless the Site sets another. */
export function stateClaim(input: SiteInput): string | undefined {
  const { state } = input.spec.storage;
  return state === undefined ? fileClaim(input) : state.claimName;
}

/** Claims that the StatefulSet creates and never changes: to grow, the claim itself is resized. */
export function claimTemplates(input: SiteInput): Json[] {
  const { storage } = input.spec;
  const { state } = storage;
  const files = fileClaim(input) === undefined ? [template(input, 'files', storage)] : [];
  if (stateClaim(input) !== undefined) return files;
  const claim = { size: state?.size, ...classOf(state?.storageClassName ?? storage.storageClassName) };
  return [...files, template(input, 'state', claim)];
}

function template({ plan }: SiteInput, name: keyof typeof VOLUME_SIZES, wish: SitePodSpec['storage']): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, labels: selectorOf(plan.site) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...classOf(wish.storageClassName),
      resources: { requests: { storage: wish.size ?? VOLUME_SIZES[name] } },
    },
  };
}

const classOf = (storageClassName: string | undefined) => (storageClassName === undefined ? {} : { storageClassName });

/** Unique in the cluster: neither namespaces nor sites have dots. */
const volumeName = ({ network, site }: SiteInput['plan']) => `${objectName(network)}.${objectName(site)}.files`;

/** A volume on a directory of a node (storage.path), and its claim; empty for other storage. */
export function pathVolume(input: SiteInput): KubeObject[] {
  const { plan, spec } = input;
  if (spec.storage.path === undefined) return [];
  const claim = metadataOf(input, 'files');
  const volume = { ...claim, name: input.volumeName ?? volumeName(plan) };
  const labels = Object.entries(spec.placement?.nodeSelector ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const matchExpressions = labels.map(([key, value]): Json => ({ key, operator: 'In', values: [value] }));
  // Both require a size, but it neither reserves nor limits anything.
  const storage = '1Gi';
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume.name, labels: volume.labels },
      spec: {
        capacity: { storage },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: claim.namespace, name: claim.name },
        local: { path: spec.storage.path },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: claim,
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        volumeName: volume.name,
        resources: { requests: { storage } },
      },
    },
  ];
}
