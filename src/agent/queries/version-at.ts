import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import type { PathRef } from '../store/path-ref.ts';
import type { Version } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';

/**
 * For each path the version that had won by a given time, according to the clocks of the offices that made them; it may be
 * a deletion. Paths that were not known then are left out.
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

/** For each path whose head is a deletion, the last other version. */
export async function lastBeforeDeletion(site: SiteView, refs: PathRef[]): Promise<Map<string, Version>> {
  const families = await loadFamilies(site.store.db, site, refs);
  return new Map(
    refs.flatMap((ref) => {
      const family = families.get(ref.id) ?? [];
      if (headsOf(family)[0]?.kind !== 'deleted') return [];
      const [last] = headsOf(family.filter(({ kind }) => kind !== 'deleted'));
      return last ? [[ref.id, last] as const] : [];
    }),
  );
}
