import type { KubeObject } from '../kube/object.ts';
import type { SitePlacements } from './orphans.ts';
import type { RemoteSite } from './place-remote.ts';

/** What a network wants in one cluster. */
export interface DesiredState extends SitePlacements {
  /** The home it was computed for; it is not applied to any other. */
  homeUid: string | undefined;
  /** Absent while nothing of the network is placed in any other cluster. */
  networkId: string | undefined;
  /** The objects that all sites share. */
  shared: KubeObject[];
  sites: RemoteSite[];
  /** Objects are to be deleted there. If the kubeconfig was withdrawn, the remembered one is used for that. */
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
