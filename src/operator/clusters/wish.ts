import type { KubeObject } from '../kube/object.ts';
import type { Residents } from './leftovers.ts';
import type { RemoteSite } from './place-remote.ts';

/** What a network wants of one cluster. */
export interface Wish extends Residents {
  /** For which home it was thought out: in another one nothing is done by it. */
  homeUid: string | undefined;
  /** Absent while nothing of the network is placed in any other cluster. */
  networkId: string | undefined;
  /** What all sites share. */
  shared: KubeObject[];
  sites: RemoteSite[];
  /** Something is to be removed there: then a kubeconfig that was withdrawn serves once more, if it is remembered. */
  removing: boolean;
}

export const NOTHING: Wish = {
  homeUid: undefined,
  networkId: undefined,
  shared: [],
  sites: [],
  here: new Set(),
  existing: new Set(),
  elsewhere: new Set(),
  removing: false,
};
