import type { Logger } from 'pino';
import type { KubeClient } from '../kube/client.ts';
import { followServed } from '../kube/follow-served.ts';
import { type Informer, startInformer } from '../kube/informer.ts';
import { type KubeObject, RESOURCES, resourceOf } from '../kube/object.ts';
import { MADE_FROM_OTHERS } from '../objects/files.ts';
import { MANAGED_BY } from '../objects/labels.ts';

/** The kinds that users create. */
const USER_KINDS = ['Site', 'Hub', 'SyncFolder'] as const;
/** The kinds that the operator creates for a site, and its pods. Only objects with our label are cached. */
export const CREATED_KINDS = [
  'ServiceAccount',
  'ConfigMap',
  'Secret',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'Service',
  'StatefulSet',
  'PodDisruptionBudget',
  'Ingress',
  'Pod',
] as const;
/** Created too, if the cluster serves them. */
const OPTIONAL_KINDS = ['HTTPRoute'] as const;

type OptionalKind = (typeof OPTIONAL_KINDS)[number];
type CachedKind = (typeof USER_KINDS)[number] | (typeof CREATED_KINDS)[number];

/** Everything a reconciliation reads, kept up to date by watches. */
export interface Caches {
  of(kind: CachedKind): Informer;
  /** Whether the cluster serves this kind. It may start to later. */
  serves(kind: OptionalKind): boolean;
  /** The live object of this name, if its kind is cached. */
  live(object: KubeObject): KubeObject | undefined;
  learn(object: KubeObject): void;
  synced: Promise<unknown>;
  hasSynced(): boolean;
  /** Objects that were created for a network, except pods: the candidates for deletion. */
  created(namespace: string): KubeObject[];
  /** By plural: seconds since the API server was last heard from. */
  silence(): Record<string, number>;
  closed: Promise<unknown>;
}

export interface CachesOptions {
  client: KubeClient;
  /** Absent: all namespaces. */
  namespace: string | undefined;
  /** Without the kinds that users create and the optional ones: another cluster has neither. */
  createdOnly?: boolean;
  /** Called with the namespace in which something changed. */
  onChange(namespace: string): void;
  log: Logger;
  signal: AbortSignal;
}

export function startCaches({ client, namespace, createdOnly, onChange, log, signal }: CachesOptions): Caches {
  const labelSelector = Object.entries(MANAGED_BY)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const informers = new Map<string, Informer>();
  const start = (kind: CachedKind | OptionalKind, until: AbortSignal) => {
    const isUserKind = (USER_KINDS as readonly string[]).includes(kind);
    const selection = {
      resource: RESOURCES[kind],
      ...(namespace !== undefined && { namespace }),
      ...(!isUserKind && { labelSelector }),
    };
    const changed = ({ metadata }: KubeObject) => onChange(metadata.namespace ?? '');
    return startInformer({ client, selection, comparedOnly: MADE_FROM_OTHERS, onChange: changed, log, signal: until });
  };
  for (const kind of createdOnly ? CREATED_KINDS : [...USER_KINDS, ...CREATED_KINDS])
    informers.set(kind, start(kind, signal));
  const optional = (createdOnly ? [] : OPTIONAL_KINDS).map((kind) =>
    followServed({ client, kind, log, signal, start: (until) => start(kind, until) }),
  );
  const ofOptional = (kind: string) => optional.find((one) => one.kind === kind)?.informer();
  const of = (kind: string) => informers.get(kind) ?? ofOptional(kind);
  return {
    of: (kind) => informers.get(kind)!,
    serves: (kind) => ofOptional(kind)?.hasSynced() ?? false,
    live: ({ kind, metadata }) => of(kind)?.get(metadata.namespace, metadata.name),
    learn: (object) => of(object.kind)?.learn(object),
    synced: Promise.all([...informers.values(), ...optional].map(({ synced }) => synced)),
    hasSynced: () => [...informers.values()].every((informer) => informer.hasSynced()),
    created: (network) =>
      [...CREATED_KINDS, ...OPTIONAL_KINDS]
        .filter((kind) => kind !== 'Pod')
        .flatMap((kind) => of(kind)?.list(network) ?? []),
    silence: () =>
      Object.fromEntries(
        [...informers].map(([kind, informer]) => [
          resourceOf({ apiVersion: RESOURCES[kind as CachedKind].apiVersion, kind }).plural,
          informer.secondsSinceLastEvent(),
        ]),
      ),
    closed: Promise.all([...informers.values(), ...optional].map(({ closed }) => closed)),
  };
}
