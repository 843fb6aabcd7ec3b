import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { type Head, loadHeads } from '../store/head.ts';
import { contentOf, loadIndex } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { sameId, type VersionId } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';
import { journalOwn } from './own.ts';

/** Losing heads that one version merges: as many as fit into its row. */
const MERGES = 32;

/**
 * Restates the head of a path, merging the edits that lost: from then on they are its ancestors at every office, and
 * nothing is transferred. The clock is that of the head, so that a concurrent edit wins. If no other edit is a head, and
 * `losing` is not given, there is nothing to do.
 * @param losing is merged even if an edit has already merged it
 * @returns false if this disk does not hold the head: only local content is restated. Takes the site's lock
 */
export function settle(site: Site, ref: PathRef, author: string, losing?: VersionId): Promise<boolean> {
  return site.store.lock(async () => {
    const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
    if (!head) return true;
    const merges = head.rivals > 0 ? await rivalsOf(site, ref, head) : [];
    if (losing && !merges.some((id) => sameId(id, losing))) merges.push(losing);
    if (merges.length === 0) return true;
    const entry = (await loadIndex(site.store.db, [ref])).get(ref.id);
    if (head.kind === 'deleted' ? entry : !sameId(entry, head)) return false;
    const id = { origin: site.plan.site, seq: site.store.counters.seq + 1 };
    const { clock } = head;
    const base = { origin: head.origin, seq: head.seq };
    const version = { ...contentOf(head), ...id, clock, base, merges, author, detectedAt: site.now() };
    await journalOwn(site, {
      versions: [version],
      entries: entry ? [{ ...entry, ...id }] : [],
      gone: [],
      contents: [],
      wanted: [],
      clock: site.store.counters.clock,
    });
    return true;
  });
}

/** The other heads of a path, which a version based on its head merges. */
export async function rivalsOf(site: Site, ref: PathRef, head: Head): Promise<VersionId[]> {
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  return headsOf(family)
    .filter((version) => !sameId(version, head))
    .slice(0, MERGES)
    .map(({ origin, seq }) => ({ origin, seq }));
}
