import type { KubeObject } from '../kube/object.ts';
import type { SitePlacements } from './orphans.ts';
import type { RemoteSite } from './place-remote.ts';

/** What a network wants in one cluster. */
export interface DesiredState extends SitePlacements {
  /** Of the home for which it was computed; it is not applied to any other. */
  homeUid: string | undefined;
  /** Absent while nothing of the network is placed in any other cluster. */
  networkId: string | undefined;
  /** What all sites share. */
  shared: KubeObject[];
  sites: RemoteSite[];
  /** Objects are to be deleted there: a kubeconfig that was withdrawn is used for that if it is remembered. */
  removing: boolean;
}

export const NOTHING_DESIRED: DesiredState = {
  homeUid: undefined,
  networkId: undefined,
  shared: [],
  sites: [],
  here: new Set(),
  existing: new Set(),
  elsewhere: new Set(),
  removing: false,
};
