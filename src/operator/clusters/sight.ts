import type { KubeObject } from '../kube/object.ts';
import { networkOf, siteUidOf } from '../objects/remote-object.ts';
import type { Trouble } from '../status/conditions.ts';
import type { PodFacts } from '../status/pod.ts';
import { podFacts } from '../status/pod.ts';
import type { Home } from './home.ts';
import type { ClusterLink } from './link.ts';
import type { Wish } from './wish.ts';

/** What is known of one cluster; never waits. */
export interface Sight {
  /** False until it was looked at for the first time. */
  looked: boolean;
  /** Where sites go there; absent until it was reached once. */
  home: Home | undefined;
  /** Of the whole cluster. */
  trouble: Trouble | undefined;
  /** No way there is known any more. */
  lost: boolean;
  /** By name of site. */
  errors: Map<string, Trouble>;
  /** Of a site's pod there; undefined when that is not known now. */
  pod(site: string): PodFacts | undefined;
  /** An object there as it is. */
  live(apiVersion: string, kind: string, name: string): KubeObject | undefined;
  /** Nothing is left there that was made for this Site, nor, when nobody else is there, what all share. */
  isClean(siteUid: string): boolean;
}

/** Everything of a network in a cluster but its claims: what may have to be removed there. */
export function presentIn({ caches, home }: ClusterLink, networkId: string): KubeObject[] {
  return [...caches.made(home.namespace), ...caches.of('Pod').list(home.namespace)]
    .filter((object) => networkOf(object) === networkId)
    .filter(({ kind }) => kind !== 'PersistentVolumeClaim');
}

/** @param link there, while there is one */
export function createSight(link: () => ClusterLink | undefined, wish: () => Wish): Sight {
  const usable = () => (sight.trouble ? undefined : link());
  const sight: Sight = {
    looked: false,
    home: undefined,
    trouble: undefined,
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
      if (!there || sight.trouble?.reason === 'ClusterUnreachable') return false;
      const { networkId, here } = wish();
      const made = networkId === undefined ? [] : presentIn(there, networkId);
      return made.every((object) => (siteUidOf(object) ?? (here.size > 0 ? '' : uid)) !== uid);
    },
  };
  return sight;
}

/** What a reconciliation of the network goes by. */
export const outline = ({ looked, home, trouble, lost, errors }: Sight) =>
  JSON.stringify([looked, home, trouble, lost, [...errors]]);
