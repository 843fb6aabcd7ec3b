import { type KubeObject, keyOf } from '../kube/object.ts';
import type { Caches } from './caches.ts';

/** What was last applied for each site, so that the objects of a site at rest are not built again only to be compared. */
export interface AppliedSites {
  /**
   * The objects of a site ({@link keyOf}) when nothing of what they are made from ({@link note}) and none of them has
   * changed since; undefined when they must be made and compared.
   */
  unchanged(site: string, made: unknown[]): string[] | undefined;
  /** @param made what the objects were made from, compared by identity */
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
