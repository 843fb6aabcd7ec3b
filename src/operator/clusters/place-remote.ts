import { type ApplyTarget, applyObject, applySite } from '../apply/apply-objects.ts';
import { forEach } from '../apply/for-each.ts';
import { isNotFound, KubeError } from '../kube/error.ts';
import type { Recorder } from '../kube/events.ts';
import { type KubeObject, keyOf, objectPath } from '../kube/object.ts';
import { NETWORK_ID, networkOf, remoteObject } from '../objects/remote-object.ts';
import type { Failure } from '../status/conditions.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterLink } from './link.ts';

/** A site to be placed in a cluster. */
export interface RemoteSite {
  site: string;
  /** The Site. */
  owner: KubeObject;
  /** The inputs of its objects, compared by identity. */
  from: unknown[];
  /** @param live its StatefulSet there, if there is one */
  make(live: KubeObject | undefined): KubeObject[];
}

export interface Placed {
  /** Uids of the sites whose objects are all as desired. */
  complete: Set<string>;
  wanted: Set<string>;
  /** Failures by site name. */
  errors: Map<string, Failure>;
}

/** Applies the shared objects (throws when that fails), then each site independently. */
export async function placeRemotely(
  link: ClusterLink,
  recorder: Recorder,
  { networkId, shared, sites }: { networkId: string; shared: KubeObject[]; sites: RemoteSite[] },
): Promise<Placed> {
  const { appliedSites } = link;
  const target = targetOf(link, recorder, networkId);
  const { namespace } = link.home;
  const placed: Placed = { complete: new Set(), wanted: new Set(), errors: new Map() };
  for (const object of shared) {
    const moved = remoteObject(object, { namespace, networkId });
    placed.wanted.add(keyOf(moved));
    await applyObject(target, moved, sites[0]?.owner);
  }
  await forEach(sites, async ({ site, owner, from, make }) => {
    const siteUid = owner.metadata.uid!;
    try {
      const same = appliedSites.unchanged(site, from);
      for (const key of same ?? []) placed.wanted.add(key);
      if (!same) {
        const live = link.caches.of('StatefulSet').get(namespace, site);
        const objects = make(live).map((object) => remoteObject(object, { namespace, networkId, siteUid }));
        for (const object of objects) placed.wanted.add(keyOf(object));
        await applySite(target, objects, owner);
        appliedSites.note(site, from, objects);
      }
      placed.complete.add(siteUid);
    } catch (error) {
      // A cluster that does not respond is not a problem of this site.
      if (!(error instanceof KubeError || error instanceof ClusterError)) throw error;
      placed.errors.set(site, { reason: reasonOf(error), message: error.message });
    }
  });
  return placed;
}

const reasonOf = ({ reason }: KubeError | ClusterError) => (/^[A-Za-z]+$/.test(reason) ? reason : 'ApplyFailed');

/** Never takes over objects of somebody else: server-side apply would do so silently. */
function targetOf({ client, caches, drift }: ClusterLink, recorder: Recorder, networkId: string): ApplyTarget {
  return {
    client,
    caches,
    drift,
    recorder,
    async find(object) {
      const live = caches.live(object) ?? (await read(object));
      if (live && networkOf(live) !== networkId) throw notOurs(live);
      return live;
    },
  };

  async function read({ apiVersion, kind, metadata }: KubeObject): Promise<KubeObject | undefined> {
    try {
      const found = await client.request<KubeObject>({
        method: 'GET',
        path: objectPath({ apiVersion, kind, metadata }),
      });
      return { ...found, apiVersion, kind };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function notOurs({ kind, metadata: { name, namespace, labels } }: KubeObject): ClusterError {
  const whose = labels?.[NETWORK_ID] === undefined ? 'was not created by this network' : 'belongs to another network';
  return new ClusterError(
    'NotOurs',
    `${kind} ${name} in namespace ${namespace} of that cluster ${whose}, and is left alone: give each network its own namespace there, or delete the object`,
  );
}
