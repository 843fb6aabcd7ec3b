import { siteSchema } from '../../database/schema.ts';
import { type Archived, archiveCaught, copyToArchive, saveArchived } from '../archive/archive.ts';
import { dropHeld } from '../brake/held.ts';
import type { Head } from '../journal/head-table.ts';
import { dropIndex, type IndexEntry, saveIndex } from '../journal/index-table.ts';
import { type PathRef, refOf } from '../journal/path-ref.ts';
import { addPending, dropPending, postpone } from '../journal/pending.ts';
import { blob } from '../journal/rows.ts';
import type { Sql } from '../journal/sql.ts';
import { formatId, type VersionId } from '../journal/version.ts';
import type { Site } from '../site.ts';
import { conflictPath } from './conflict-name.ts';
import type { OpenFolder } from './folder.ts';
import { type At, flushFilesystem, moveNew } from './native.ts';
import { discard, type Outcome, place } from './place.ts';
import { spareIn, stageBytes } from './staging.ts';
import { applyOrder, nextStep } from './steps.ts';
import { MODE_MASK, OpenDirectories } from './tree.ts';

/** A path whose disk should become equal to its head. */
export interface Want {
  head: Head;
  index: IndexEntry | undefined;
  /** Small content, already compared with the head's hash. */
  bytes?: Buffer;
  /** Content in staging, already compared with the head's hash. */
  staged?: At;
  /**
   * Set when what is on disk was made here and lost against the head without being its ancestor: it must be kept
   * beside. Without `id` it never was a version.
   */
  losing?: { id?: VersionId; detectedAt: number };
}

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
  postponed: { head: Head; reason: string }[];
  /** Directories that are to become something else, and have entries. */
  notEmpty: PathRef[];
  /** Paths of which something was held, and is not any more. */
  released: PathRef[];
}

const RETRY_MS = 2000;

/**
 * Brings the disk of one folder in step with the given heads, as far as content is at hand. Must run under the
 * site's lock. Everything written is on the disk when it returns; what was replaced is in the archive.
 */
export async function applyAll(site: Site, folder: OpenFolder, wants: Want[]): Promise<Applied> {
  const result: Applied = {
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
  };
  const dirs = new OpenDirectories(folder.rootFd);
  const spare = spareIn(folder);
  let written = false;
  try {
    for (const want of wants.toSorted((a, b) => applyOrder(a.head, b.head))) {
      const { head, index } = want;
      const step = nextStep(head, index, want.bytes !== undefined || want.staged !== undefined);
      if (step === 'pull') {
        result.waiting.push(head);
      } else if (step === 'hold') {
        result.settled.push(head.ref);
      } else if (step === 'adopt') {
        result.saved.push({ ...index!, origin: head.origin, seq: head.seq });
        result.settled.push(head.ref);
      } else {
        written = true;
        const staged = want.staged ?? stagedFor(folder, step, want);
        const outcome = place(dirs, spare, { head, index, ...(staged && { staged }) });
        if (outcome.state !== 'placed' && staged) discard(staged);
        record(result, folder, dirs, want, outcome, site);
      }
    }
  } finally {
    dirs.close();
  }
  if (written) await flushFilesystem(folder.rootFd);
  return result;
}

function stagedFor(folder: OpenFolder, step: string, { head, bytes }: Want): At | undefined {
  if (step !== 'place' || head.kind !== 'file') return undefined;
  return stageBytes(folder, bytes ?? Buffer.alloc(0), head.mode & MODE_MASK);
}

function record(
  result: Applied,
  folder: OpenFolder,
  dirs: OpenDirectories,
  want: Want,
  outcome: Outcome,
  site: Site,
): void {
  const { head, index, losing } = want;
  switch (outcome.state) {
    case 'placed':
      if (outcome.entry) result.saved.push(outcome.entry);
      else if (index) result.removed.push(head.ref);
      result.settled.push(head.ref);
      if (outcome.replaced && index) {
        if (losing && index.sha256) keepLoser(result, folder, dirs, { ...want, losing, index }, outcome.replaced, site);
        else pushDefined(result.archived, archiveCaught(folder, outcome.replaced, index));
      }
      break;
    case 'changed-here':
      result.look.push(head.ref);
      result.postponed.push({ head, reason: 'it was changed here meanwhile; that change is looked at first' });
      break;
    case 'not-empty':
      result.look.push(head.ref);
      result.notEmpty.push(head.ref);
      result.postponed.push({ head, reason: 'the directory still has entries here' });
      break;
    case 'blocked':
      result.postponed.push({ head, reason: outcome.reason });
  }
}

/** A losing edit stays, as a file of its own beside the winner; a version's content is in the archive like any replaced one. */
function keepLoser(
  result: Applied,
  folder: OpenFolder,
  dirs: OpenDirectories,
  { head, index, losing }: Want & Required<Pick<Want, 'losing'>> & { index: IndexEntry },
  caught: At,
  site: Site,
): void {
  const { ref, origin, seq, size, sha256 } = index;
  if (sha256 && losing.id) {
    copyToArchive(folder, caught, sha256);
    result.archived.push({ ref, origin, seq, size, sha256 });
  }
  for (let attempt = 1; ; attempt++) {
    const copy = conflictPath(head.ref.path, site.plan.site, losing.detectedAt, attempt);
    const at = dirs.entry(copy, true);
    if (!at) throw new Error('the parent of a file that was just placed is gone');
    try {
      moveNew(caught, at);
      if (losing.id) result.conflicts.push({ losing: losing.id, winner: { origin: head.origin, seq: head.seq }, copy });
      result.look.push(refOf(head.ref.folder, copy));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 100) throw error;
    }
  }
}

function pushDefined<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}

/** Writes the outcome of {@link applyAll} in the caller's transaction. */
export async function commitApplied(site: Site, tx: Sql, applied: Applied): Promise<void> {
  const now = site.now();
  await saveIndex(tx, applied.saved);
  await dropIndex(tx, applied.removed);
  await saveArchived(tx, applied.archived, now);
  await dropPending(tx, applied.settled);
  await releaseHeld(site, tx, applied);
  await addPending(tx, [...applied.waiting, ...applied.postponed.map((p) => p.head)], now);
  for (const { head, reason } of applied.postponed) await postpone(tx, head, reason, now + RETRY_MS);
  for (const { losing, winner, copy } of applied.conflicts) {
    await tx.query(
      `INSERT IGNORE INTO ${siteSchema(site.plan.site)}.conflict (origin, seq, winner_origin, winner_seq, copy, at) VALUES (?)`,
      [[losing.origin, losing.seq, winner.origin, winner.seq, blob(copy), now]],
    );
    site.log.warn(
      { losing: formatId(losing), winner: formatId(winner) },
      'two edits met; the losing one is kept beside',
    );
  }
}

/** What is held of a path ends when it follows another site's version: what was on its disk is kept beside, if it was something. */
async function releaseHeld(site: Site, tx: Sql, applied: Applied): Promise<void> {
  const refs = [...applied.settled, ...applied.removed, ...applied.saved.map(({ ref }) => ref)];
  applied.released = [...(await site.brake.at(refs)).values()].map(({ ref }) => ref);
  for (const { folder } of applied.released) site.brake.changed(folder);
  await dropHeld(tx, applied.released);
}

/** After the commit: wakes whoever has to go on with the batch. */
export function announceApplied(site: Site, applied: Applied): void {
  if (applied.look.length) site.look(applied.look);
  if (applied.notEmpty.length) site.onNotEmpty(applied.notEmpty);
  site.recent.add(applied.saved);
  for (const { folder } of applied.released) site.brake.changed(folder);
  for (const { ref } of applied.archived) {
    const grew = site.archiveGrew.get(ref.folder) ?? new Set();
    site.archiveGrew.set(ref.folder, grew.add(ref.pathKey.toString('latin1')));
  }
  if (applied.waiting.length) site.pullBell.ring();
  site.custodyBell.ring();
}
