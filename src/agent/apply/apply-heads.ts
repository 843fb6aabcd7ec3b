import { hash } from 'node:crypto';
import type { OpenFolder } from '../fs/folder.ts';
import { keepsLocalChanges, receives } from '../site/receives.ts';
import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { isDamaged, isUnversioned } from '../store/index-entry.ts';
import type { Sql } from '../store/sql.ts';
import { editIn } from '../versions/contested.ts';
import { formatId, sameContent } from '../versions/version.ts';
import { descendsFrom } from '../versions/winner.ts';
import { applyAll } from './apply.ts';
import { type Applied, announceApplied, commitApplied, nothingApplied } from './commit.ts';
import { nextStep } from './steps.ts';
import type { Want } from './want.ts';

/**
 * Applies new heads to the folders that this site holds, folder by folder; ignores those of folders that it does not hold
 * or only sends. Where the disk is away they become pending, so that this site does not claim to hold them. Call it under
 * the lock.
 */
export async function bringInStep(site: Site, wants: Want[]): Promise<Applied[]> {
  const applied: Applied[] = [];
  const left = new Map(Map.groupBy(wants, (want) => want.head.ref.folder));
  try {
    for (const [name, group] of left) {
      if (!receives(site, name)) continue;
      const folder = site.folders.get(name);
      if (!folder || !(await folder.answers())) {
        applied.push({ ...nothingApplied(), waiting: group.map(({ head }) => head) });
        continue;
      }
      for (const want of group) if (want.bytes && !isContentOf(want)) delete want.bytes;
      await markLosers(site, group);
      left.delete(name);
      applied.push(await applyAll(site, folder, group));
    }
  } finally {
    for (const [name, group] of left) leaveInStaging(site.folders.get(name), group);
  }
  return applied;
}

/** What was not applied is removed from staging once its disk allows it: it is found or fetched again. */
function leaveInStaging(folder: OpenFolder | undefined, wants: Want[]): void {
  for (const { staged } of wants) if (staged) folder?.litter.add(staged.name);
}

export async function commit(site: Site, tx: Sql, applied: Applied[]): Promise<void> {
  for (const one of applied) await commitApplied(site, tx, one);
}

export function announce(site: Site, applied: Applied[]): void {
  for (const one of applied) announceApplied(site, one);
  site.wake.custody.ring();
}

/** A row is untrusted input: its content counts only if it has the hash that the row claims. */
function isContentOf({ head, bytes }: Want): boolean {
  return bytes !== undefined && head.sha256 !== undefined && hash('sha256', bytes, 'buffer').equals(head.sha256);
}

/**
 * Finds the wants whose disk holds a local edit that lost: it is not an ancestor of the head, or was made in a receive-only
 * folder. Only its own site keeps the copy, so that there is one copy everywhere and not one per site.
 */
async function markLosers(site: Site, wants: Want[]): Promise<void> {
  const held = await site.store.brake.at(wants.map(({ head }) => head.ref));
  for (const want of wants) {
    const { head, index } = want;
    if (!index || !isUnversioned(index) || isDamaged(index)) continue;
    // Elsewhere it is a version with other times or another mode, which could not be corrected yet: nobody's edit.
    const isLocal = keepsLocalChanges(site, head.ref.folder) || held.has(head.ref.id);
    if (isLocal && index.kind !== 'dir' && !sameContent(index, head)) want.losing = { detectedAt: site.now() };
  }
  const suspects = wants.filter(({ head, index, bytes, staged }) => {
    if (index?.origin !== site.plan.site || index.kind !== 'file' || sameContent(index, head)) return false;
    return nextStep(head, index, bytes !== undefined || staged !== undefined) === 'place';
  });
  if (suspects.length === 0) return;
  const families = await loadFamilies(
    site.store.db,
    site,
    suspects.map((s) => s.head.ref),
  );
  for (const want of suspects) {
    const family = families.get(want.head.ref.id) ?? [];
    const byId = new Map(family.map((v) => [formatId(v), v]));
    const head = byId.get(formatId(want.head));
    const mine = want.index && byId.get(formatId(want.index));
    if (head && mine && !descendsFrom(head, editIn(mine, byId), byId))
      want.losing = { id: mine, detectedAt: mine.detectedAt };
  }
}
