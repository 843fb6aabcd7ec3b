import { type KubeObject, keyOf } from '../kube/object.ts';
import type { Caches } from './caches.ts';

/** What was last applied for each site, so that the objects of an unchanged site are not rebuilt just to be compared. */
export interface AppliedSites {
  /**
   * The site's objects ({@link keyOf}), or undefined when they must be rebuilt and compared: because one of them or one of
   * their inputs ({@link note}) has changed since.
   */
  unchanged(site: string, made: unknown[]): string[] | undefined;
  /** @param made the inputs that the objects were built from, compared by identity */
  note(site: string, made: unknown[], objects: KubeObject[]): void;
}

export function createAppliedSites(caches: Pick<Caches, 'live'>): AppliedSites {
  const known = new Map<string, { made: unknown[]; objects: KubeObject[]; versions: string }>();
  const versionsOf = (objects: KubeObject[]) =>
    objects.map((object) => caches.live(object)?.metadata.resourceVersion ?? 'none').join();
  return {
    unchanged(site, made) {
      const before = known.get(site);
      if (!before || made.length !== before.made.length || made.some((one, i) => one !== before.made[i]))
        return undefined;
      return versionsOf(before.objects) === before.versions ? before.objects.map(keyOf) : undefined;
    },
    note(site, made, objects) {
      const names = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
        apiVersion,
        kind,
        metadata: { name, ...(namespace !== undefined && { namespace }) },
      }));
      known.set(site, { made, objects: names, versions: versionsOf(names) });
    },
  };
}
