import type { Problem } from '../../problems/problem.ts';
import type { Site } from '../site/site.ts';
import { type Archived, saveArchived } from '../store/archived.ts';
import { saveConflict } from '../store/conflict.ts';
import type { Head } from '../store/head.ts';
import { dropHeld } from '../store/held.ts';
import { dropIndex, type IndexEntry, saveIndex } from '../store/index-entry.ts';
import { dropIntents, keepIntents } from '../store/intent.ts';
import type { PathRef } from '../store/path-ref.ts';
import { addPending, backOff, dropPending } from '../store/pending.ts';
import type { Sql } from '../store/sql.ts';
import { formatId, type VersionId } from '../versions/version.ts';

/** What a batch did to the disk, to be written to the database in one transaction by {@link commitApplied}. */
export interface Applied {
  saved: IndexEntry[];
  removed: PathRef[];
  /** Paths that equal their head now. */
  settled: PathRef[];
  /** Heads whose content must be pulled. */
  waiting: Head[];
  /** Paths where the disk is not what the index says. */
  look: PathRef[];
  archived: Archived[];
  conflicts: { losing: VersionId; winner: VersionId; copy: string }[];
  postponed: { head: Head; problem: Problem }[];
  /** Directories that are to become something else, and have entries. */
  notEmpty: PathRef[];
  /** Paths of which something was held, and is not any more. */
  released: PathRef[];
  /** Intents that are carried out, or will not be. */
  ended: string[];
  /** Intents of which what was replaced may still be written to. */
  kept: string[];
}

export const nothingApplied = (): Applied => ({
  saved: [],
  removed: [],
  settled: [],
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

/** After the first failure; then ever longer. */
const RETRY_MS = 2000;

/**
 * What has to be written of a change that was made for a person here: what is on the disk now becomes a version by being looked
 * at, so the index does not say it yet.
 */
export async function commitPrivate(site: Site, tx: Sql, applied: Applied): Promise<void> {
  await saveArchived(tx, applied.archived, site.now());
  await dropIntents(tx, applied.ended);
  await keepIntents(tx, applied.kept);
}

/** Writes the outcome of a batch in the caller's transaction. */
export async function commitApplied(site: Site, tx: Sql, applied: Applied): Promise<void> {
  const now = site.now();
  await commitPrivate(site, tx, applied);
  await saveIndex(tx, applied.saved);
  await dropIndex(tx, applied.removed);
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

/** What is held of a path ends when it follows another site's version: what was on its disk is kept beside, if it was something. */
async function releaseHeld(site: Site, tx: Sql, applied: Applied): Promise<void> {
  const refs = [...applied.settled, ...applied.removed, ...applied.saved.map(({ ref }) => ref)];
  applied.released = [...(await site.store.brake.at(refs)).values()].map(({ ref }) => ref);
  for (const { folder } of applied.released) site.store.brake.changed(folder);
  await dropHeld(tx, applied.released);
}

/** After the commit: wakes whoever has to go on with the batch. */
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
