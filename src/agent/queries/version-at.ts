import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import type { PathRef } from '../store/path-ref.ts';
import type { Version } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';

/**
 * For each path the version that had won at a given time, by the clocks of the sites where versions were made; it may
 * be a deletion. Paths unknown at that time are left out.
 * @param time Unix ms
 */
export async function winnersAt(site: SiteView, refs: PathRef[], time: number): Promise<Map<string, Version>> {
  const families = await loadFamilies(site.store.db, site, refs);
  return new Map(
    refs.flatMap((ref) => {
      const [winner] = headsOf((families.get(ref.id) ?? []).filter(({ detectedAt }) => detectedAt <= time));
      return winner ? [[ref.id, winner] as const] : [];
    }),
  );
}

/** When a path was deleted, in Unix ms; undefined when it is not. */
export async function deletedAt(site: SiteView, ref: PathRef): Promise<number | undefined> {
  const [head] = headsOf((await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? []);
  return head?.kind === 'deleted' ? head.detectedAt : undefined;
}

/**
 * For each path whose head is a deletion, the last other version.
 * @param since leaves out what was deleted before, in Unix ms
 */
export async function lastBeforeDeletion(
  site: SiteView,
  refs: PathRef[],
  since = Number.NEGATIVE_INFINITY,
): Promise<Map<string, Version>> {
  const families = await loadFamilies(site.store.db, site, refs);
  return new Map(
    refs.flatMap((ref) => {
      const family = families.get(ref.id) ?? [];
      const [head] = headsOf(family);
      if (head?.kind !== 'deleted' || head.detectedAt < since) return [];
      const [last] = headsOf(family.filter(({ kind }) => kind !== 'deleted'));
      return last ? [[ref.id, last] as const] : [];
    }),
  );
}
