import type { KubeObject } from '../kube/object.ts';
import { networkOf, siteUidOf } from '../objects/remote-object.ts';
import type { Failure } from '../status/conditions.ts';
import type { PodFacts } from '../status/pod.ts';
import { podFacts } from '../status/pod.ts';
import type { DesiredState } from './desired-state.ts';
import type { Home } from './home.ts';
import type { ClusterLink } from './link.ts';

/** What is known about one cluster. Reading it never waits. */
export interface ObservedState {
  /** False until the first attempt to reach it has ended. */
  attempted: boolean;
  /** Where sites are placed there; undefined until it was first reached. */
  home: Home | undefined;
  /** Of the whole cluster. */
  failure: Failure | undefined;
  /** No kubeconfig that leads there is known any more. */
  lost: boolean;
  /** By site name. */
  errors: Map<string, Failure>;
  /** The pod of a site there; undefined while unknown. */
  pod(site: string): PodFacts | undefined;
  /** A live object there. */
  live(apiVersion: string, kind: string, name: string): KubeObject | undefined;
  /** Nothing is left of this Site, nor, if it was the last one there, of what all sites share. */
  isClean(siteUid: string): boolean;
}

/** All objects of a network in a cluster except its claims. */
export function presentIn({ caches, home }: ClusterLink, networkId: string): KubeObject[] {
  return [...caches.created(home.namespace), ...caches.of('Pod').list(home.namespace)]
    .filter((object) => networkOf(object) === networkId)
    .filter(({ kind }) => kind !== 'PersistentVolumeClaim');
}

/**
 * @param link to the cluster, while there is one
 * @param desired what the network wants there now
 */
export function createObservedState(link: () => ClusterLink | undefined, desired: () => DesiredState): ObservedState {
  const usable = () => (observed.failure ? undefined : link());
  const observed: ObservedState = {
    attempted: false,
    home: undefined,
    failure: undefined,
    lost: false,
    errors: new Map(),
    pod(site) {
      const { caches, home } = usable() ?? {};
      if (!caches || !home) return undefined;
      return podFacts(
        caches.of('StatefulSet').get(home.namespace, site),
        caches.of('Pod').get(home.namespace, `${site}-0`),
      );
    },
    live(apiVersion, kind, name) {
      const { caches, home } = usable() ?? {};
      return caches?.live({ apiVersion, kind, metadata: { name, namespace: home!.namespace } });
    },
    isClean(uid) {
      const there = link();
      if (!there || observed.failure?.reason === 'ClusterUnreachable') return false;
      const { networkId, here } = desired();
      const made = networkId === undefined ? [] : presentIn(there, networkId);
      return made.every((object) => (siteUidOf(object) ?? (here.size > 0 ? '' : uid)) !== uid);
    },
  };
  return observed;
}

/** Changes whenever a reconciliation of the network would have a different result. */
export const fingerprint = ({ attempted, home, failure, lost, errors }: ObservedState) =>
  JSON.stringify([attempted, home, failure, lost, [...errors]]);
