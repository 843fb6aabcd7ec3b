import { repeat } from '../../base/repeat.ts';
import type { Site } from '../site/site.ts';
import { dropConflict, loadOwnConflicts, type OwnConflict } from '../store/conflict.ts';
import { loadFamilies } from '../store/family.ts';
import type { Head } from '../store/head.ts';
import type { PathRef } from '../store/path-ref.ts';
import { isSettled } from '../versions/contested.ts';
import { sameId } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';
import { settle } from './settle.ts';

const POLL_MS = 1000;

/**
 * Ends the conflicts of this site that were resolved, wherever that happened: only this site can remove its rows. If
 * somebody removed the copy by hand, that is a decision about the file too. Runs until the site's signal is aborted.
 */
export async function closeConflicts(site: Site): Promise<void> {
  let touched = new Set<string>();
  let known = new Set<string>();
  // The copy of a losing edit becomes a head after the row that mentions it.
  let isStirred = true;
  site.wake.heads.listen((heads: Head[]) => {
    isStirred = true;
    for (const { ref } of heads) if (known.has(ref.id)) touched.add(ref.id);
  });
  async function round(): Promise<void> {
    if (!site.startup.isDone || !(isStirred || touched.size > 0)) return;
    const changed = touched;
    touched = new Set();
    isStirred = false;
    const open = await loadOwnConflicts(site.store.db, site.plan.site);
    const due = open.filter(({ ref, copy }) => !known.has(copy.id) || changed.has(ref.id) || changed.has(copy.id));
    // Before checking them, so that no concurrent change is missed.
    known = new Set(open.flatMap(({ ref, copy }) => [ref.id, copy.id]));
    for (const { ref } of await closeSettled(site, due)) touched.add(ref.id);
  }
  await repeat(round, {
    signal: site.signal,
    clock: site,
    pause: POLL_MS,
    pauseFirst: true,
    failed(err) {
      known = new Set();
      isStirred = true;
      site.log.warn({ err }, 'resolved conflicts could not be cleared; retrying');
    },
  });
}

/** Returns those that are resolved but cannot be ended yet: the winner has not reached this disk. */
async function closeSettled(site: Site, conflicts: OwnConflict[]): Promise<OwnConflict[]> {
  const later: OwnConflict[] = [];
  const families = await loadFamilies(
    site.store.db,
    site,
    conflicts.flatMap(({ ref, copy }) => [ref, copy]),
  );
  for (const conflict of conflicts) {
    const { losing, ref, copy } = conflict;
    const [family, copies] = [families.get(ref.id) ?? [], families.get(copy.id) ?? []];
    if (!isSettled(losing, family, copies)) continue;
    const isOpen = headsOf(family).some((head) => sameId(head, losing));
    const by = headsOf(copies)[0]?.author ?? site.plan.site;
    if (isOpen && maySpeak(site, ref) && !(await settle(site, ref, by))) later.push(conflict);
    else await dropConflict(site.store.db, site.plan.site, losing);
  }
  return later;
}

function maySpeak({ plan }: Site, { folder }: PathRef): boolean {
  const mode = plan.folders.find(({ name }) => name === folder)?.mode;
  return mode === 'readWrite' || mode === 'sendOnly';
}
