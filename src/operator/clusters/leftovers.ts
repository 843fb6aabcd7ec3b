import { type KubeObject, keyOf } from '../kube/object.ts';
import { siteUidOf } from '../objects/remote-object.ts';

/** What the network's Sites say of one cluster, by uid. */
export interface Residents {
  /** Placed there now. */
  here: Set<string>;
  /** Every Site that exists. */
  existing: Set<string>;
  /** Exist, and are certainly placed somewhere else. */
  elsewhere: Set<string>;
}

export interface Leftover {
  object: KubeObject;
  /** The Site still exists: its claims stay, whatever it wants to become of them when it is deleted. */
  moved: boolean;
}

/** Data is never removed by what a plan leaves out; pods go with their StatefulSet. */
const NEVER = new Set(['PersistentVolumeClaim', 'Pod']);

/**
 * Which of the network's objects in a cluster are to go: those of Sites that are deleted or moved, those that a Site placed
 * there no longer wants, and what all share when nobody is left. Of a Site of which nothing certain is known, nothing goes. Pure.
 * @param present the network's objects there, with pods
 * @param sound uids of the sites whose wanted objects are all in `wanted` ({@link keyOf})
 */
export function leftovers(
  present: KubeObject[],
  { here, existing, elsewhere }: Residents,
  sound: Set<string>,
  wanted: Set<string>,
): Leftover[] {
  const settled = present.filter(({ kind }) => kind !== 'PersistentVolumeClaim');
  const nobody = here.size === 0 && settled.every((object) => siteUidOf(object) === undefined);
  return present
    .filter(({ kind }) => !NEVER.has(kind))
    .flatMap((object): Leftover[] => {
      const uid = siteUidOf(object);
      if (uid === undefined) return nobody ? [{ object, moved: false }] : [];
      if (here.has(uid)) return sound.has(uid) && !wanted.has(keyOf(object)) ? [{ object, moved: false }] : [];
      if (!existing.has(uid)) return [{ object, moved: false }];
      return elsewhere.has(uid) ? [{ object, moved: true }] : [];
    });
}
