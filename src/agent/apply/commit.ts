import type { Problem } from '../../problems/problem.ts';
import type { Site } from '../site/site.ts';
import { type Archived, saveArchived } from '../store/archived.ts';
import { saveConflict } from '../store/conflict.ts';
import type { Head } from '../store/head.ts';
import { dropHeld } from '../store/held.ts';
import { saveIncomplete } from '../store/incomplete.ts';
import { dropIndex, type IndexEntry, saveIndex } from '../store/index-entry.ts';
import { dropIntents, keepIntents } from '../store/intent.ts';
import type { PathRef } from '../store/path-ref.ts';
import { addPending, backOff, dropPending } from '../store/pending.ts';
import type { Sql } from '../store/sql.ts';
import { formatId, type VersionId } from '../versions/version.ts';

/** The changes a batch made on disk, for {@link commitApplied} to record in one transaction. */
export interface Applied {
  saved: IndexEntry[];
  removed: PathRef[];
  /** Paths that now equal their head. */
  settled: PathRef[];
  /** Of these, those with other rights than they should have, because we may not set them. */
  incomplete: PathRef[];
  /** Heads whose content must be pulled. */
  waiting: Head[];
  /** Paths where the disk differs from the index. */
  look: PathRef[];
  archived: Archived[];
  conflicts: { losing: VersionId; winner: VersionId; copy: string }[];
  postponed: { head: Head; problem: Problem }[];
  /** Non-empty directories that are to become something else. */
  notEmpty: PathRef[];
  /** Paths that are no longer held. */
  released: PathRef[];
  /** Intents that are completed or dropped. */
  ended: string[];
  /** Intents whose replaced content may still be written to. */
  kept: string[];
}

export const nothingApplied = (): Applied => ({
  saved: [],
  removed: [],
  settled: [],
  incomplete: [],
  waiting: [],
  look: [],
  archived: [],
  conflicts: [],
  postponed: [],
  notEmpty: [],
  released: [],
  ended: [],
  kept: [],
});

/** The pause after the first failure of a path; it grows with each. */
const RETRY_MS = 2000;

/**
 * Records a change made in a user's name. The index is left as it is: the new state becomes a version when it is
 * observed.
 */
export async function commitPrivate(site: Site, tx: Sql, applied: Applied): Promise<void> {
  await saveArchived(tx, applied.archived, site.now());
  await dropIntents(tx, applied.ended);
  await keepIntents(tx, applied.kept);
}

/** Records the outcome of a batch in the caller's transaction. */
export async function commitApplied(site: Site, tx: Sql, applied: Applied): Promise<void> {
  const now = site.now();
  await commitPrivate(site, tx, applied);
  await saveIndex(tx, applied.saved);
  await dropIndex(tx, applied.removed);
  await saveIncomplete(tx, applied.incomplete);
  await dropPending(tx, applied.settled);
  await releaseHeld(site, tx, applied);
  await addPending(tx, [...applied.waiting, ...applied.postponed.map((p) => p.head)], now);
  await backOff(tx, applied.postponed, site, RETRY_MS);
  for (const { losing, winner, copy } of applied.conflicts) {
    await saveConflict(tx, { site: site.plan.site, losing, winner, copy, at: now });
    site.log.warn(
      { losing: formatId(losing), winner: formatId(winner) },
      'conflicting edits; the losing one is kept as a copy',
    );
  }
}

/** A path is no longer held once it follows another site's version; content that was on its disk is kept beside it. */
async function releaseHeld(site: Site, tx: Sql, applied: Applied): Promise<void> {
  const refs = [...applied.settled, ...applied.removed, ...applied.saved.map(({ ref }) => ref)];
  applied.released = [...(await site.store.brake.at(refs)).values()].map(({ ref }) => ref);
  for (const { folder } of applied.released) site.store.brake.changed(folder);
  await dropHeld(tx, applied.released);
}

/** After the commit: wakes those who continue with the batch. */
export function announceApplied(site: Site, applied: Applied): void {
  if (applied.look.length) site.wake.look.publish(applied.look);
  if (applied.notEmpty.length) site.wake.notEmpty.publish(applied.notEmpty);
  site.store.recent.add(applied.saved);
  for (const { folder } of applied.released) site.store.brake.changed(folder);
  for (const { ref } of applied.archived) {
    const grew = site.store.archiveGrew.get(ref.folder) ?? new Set();
    site.store.archiveGrew.set(ref.folder, grew.add(ref.pathKey.toString('latin1')));
  }
  if (applied.waiting.length) site.wake.pull.ring();
  site.wake.custody.ring();
}
