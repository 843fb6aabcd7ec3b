import { type KubeObject, keyOf } from '../kube/object.ts';
import { siteUidOf } from '../objects/remote-object.ts';

/** Where the Sites of a network are placed, as seen from one cluster. Uids. */
export interface SitePlacements {
  /** Placed in this cluster. */
  here: Set<string>;
  /** All that exist. */
  existing: Set<string>;
  /** Exist, and are known to be placed in another cluster. */
  elsewhere: Set<string>;
}

export interface Orphan {
  object: KubeObject;
  /** The Site still exists: its claims stay, whatever their deletion policy. */
  moved: boolean;
}

/** Data is never deleted because a plan leaves it out; pods go with their StatefulSet. */
const NEVER_DELETED = new Set(['PersistentVolumeClaim', 'Pod']);

/**
 * The objects of a network in a cluster that must be deleted: those of Sites that were deleted or moved, those that a Site
 * placed there no longer needs, and the shared ones when no site is left. Objects of a Site whose placement is uncertain
 * stay. Pure.
 * @param present the network's objects there, including pods
 * @param complete uids of the sites whose desired objects are all in `wanted` ({@link keyOf})
 */
export function orphansOf(
  present: KubeObject[],
  { here, existing, elsewhere }: SitePlacements,
  complete: Set<string>,
  wanted: Set<string>,
): Orphan[] {
  const settled = present.filter(({ kind }) => kind !== 'PersistentVolumeClaim');
  const nobody = here.size === 0 && settled.every((object) => siteUidOf(object) === undefined);
  return present
    .filter(({ kind }) => !NEVER_DELETED.has(kind))
    .flatMap((object): Orphan[] => {
      const uid = siteUidOf(object);
      if (uid === undefined) return nobody ? [{ object, moved: false }] : [];
      if (here.has(uid)) return complete.has(uid) && !wanted.has(keyOf(object)) ? [{ object, moved: false }] : [];
      if (!existing.has(uid)) return [{ object, moved: false }];
      return elsewhere.has(uid) ? [{ object, moved: true }] : [];
    });
}
