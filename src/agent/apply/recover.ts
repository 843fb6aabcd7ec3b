import type { BigIntStats } from 'node:fs';
import { bisect } from '../../base/bisect.ts';
import type { BytePath } from '../../base/bytes.ts';
import { isRefusal } from '../../database/refusal.ts';
import { transaction } from '../../database/transaction.ts';
import { isArchived } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { MODE_MASK } from '../fs/modes.ts';
import { NotADirectory, OpenDirectories } from '../fs/open-directories.ts';
import { discard } from '../fs/staging.ts';
import type { Site } from '../site/site.ts';
import { type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { hasOpenIntents, type Intent, loadIntents } from '../store/intent.ts';
import { type Applied, announceApplied, commitApplied, nothingApplied } from './commit.ts';
import { conclude, isUntouched } from './conclude.ts';
import { keepAside, keepReplaced, noteConflict, type Place } from './keep.ts';
import { doubtfulEntry, entryOf, moveBack, takeBack } from './place.ts';
import { findBeside } from './replaced.ts';

/**
 * Completes or undoes what an earlier run, or a failed transaction, left half done, based on the open intents and on the
 * disk. Call it before anything else looks at the tree, under the site's lock or before there is concurrency. Nothing is
 * lost at any point: what was caught goes to the archive, back, or beside the path. An intent whose outcome the database
 * refuses stays open, is reported, and does not block others.
 */
export async function recoverIntents(site: Site, folder: OpenFolder): Promise<void> {
  const intents = await loadIntents(site.store.db, folder.plan.name, false);
  const refuse = ({ head: { ref } }: Intent, error: Error) => {
    if (!site.store.refused.has(ref))
      site.log.error({ folder: ref.folder, err: error }, 'what was done to a path cannot be journaled; it waits');
    site.store.refused.note(ref, error.message);
  };
  await bisect(intents, (part) => recoverPart(site, folder, part), isRefusal, refuse);
}

async function recoverPart(site: Site, folder: OpenFolder, intents: Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const index = await loadIndex(
    site.store.db,
    intents.map(({ head }) => head.ref),
  );
  const result = nothingApplied();
  const dirs = new OpenDirectories(folder);
  try {
    for (const intent of intents) {
      const entry = index.get(intent.head.ref.id);
      const isOpen = await finish(result, { site, folder, dirs }, intent, entry);
      (isOpen ? result.kept : result.ended).push(intent.staged);
    }
  } finally {
    dirs.close();
  }
  await folder.disk.flush(folder.rootFd);
  await transaction(site.store.db, (tx) => commitApplied(site, tx, result));
  announceApplied(site, result);
  site.store.refused.clear(intents.map(({ head }) => head.ref));
  site.log.warn(
    { folder: folder.plan.name, intents: intents.length },
    'completed operations interrupted in an earlier run',
  );
}

/** @returns whether a program may still write to what was replaced */
async function finish(result: Applied, where: Place, intent: Intent, index: IndexEntry | undefined): Promise<boolean> {
  const { folder, dirs } = where;
  const { head, was, ino } = intent;
  const at = entryIfThere(dirs, head.ref.path);
  const path = at && folder.disk.look(at);
  const staged: At = { fd: folder.stagingFd, name: intent.staged };
  let caught = folder.disk.look(staged);
  // A directory that gave way to something else and is now empty: only its removal is missing.
  if (caught?.isDirectory() && caught.ino !== ino && folder.disk.removeDirectory(staged)) caught = undefined;
  const isOpen = folder.disk.look({ fd: folder.replacedFd, name: intent.staged }) !== undefined;
  const isKept = isOpen || (was !== undefined && isArchived(folder, was.sha256));
  switch (conclude(intent, { index, path, staged: caught, isKept })) {
    case 'not-begun':
      if (caught) discard(folder, staged);
      break;
    case 'half-metadata':
      result.saved.push({ ...index!, ...metadataOf(path!) });
      break;
    case 'take-back':
      if (!at) keepAside(result, where, head.ref, staged);
      else putBack(result, where, intent, at, path);
      result.look.push(head.ref);
      break;
    case 'keep-aside':
      keepAside(result, where, head.ref, staged);
      noteDone(result, intent, index, path);
      break;
    case 'done':
      noteDone(result, intent, index, path);
      if (caught && index) return keepReplaced(result, where, { ...intent, index }, staged);
      if (index) noteKept(result, where, intent, index);
  }
  return isOpen;
}

/** Also undefined if its directory has become something else. */
function entryIfThere(dirs: OpenDirectories, path: BytePath): At | undefined {
  try {
    return dirs.entry(path, false);
  } catch (error) {
    if (error instanceof NotADirectory) return undefined;
    throw error;
  }
}

/** Puts back what was caught, and discards what had replaced it, unless somebody used it already. */
function putBack(result: Applied, where: Place, intent: Intent, at: At, path: BigIntStats | undefined): void {
  const { folder } = where;
  const staged: At = { fd: folder.stagingFd, name: intent.staged };
  const { disk } = folder;
  const outcome = path ? takeBack(disk, at, { at: staged, stats: path }, 'changed-here') : moveBack(disk, staged, at);
  const left = disk.look(staged);
  if (!left) return;
  const isUnused = outcome.state === 'changed-here' && !outcome.aside;
  if (isUnused && (!left.isDirectory() || disk.removeDirectory(staged))) {
    if (!left.isDirectory()) disk.remove(staged);
  } else keepAside(result, where, intent.head.ref, staged);
}

const metadataOf = ({ mode, mtimeNs, ctimeNs }: BigIntStats) => ({ mode: Number(mode) & MODE_MASK, mtimeNs, ctimeNs });

/** Records the new index entry. What was changed for a user is not a version yet: detection makes it one. */
function noteDone(result: Applied, intent: Intent, index: IndexEntry | undefined, path: BigIntStats | undefined): void {
  const { head, ino = 0n } = intent;
  if (head.origin === '') return;
  result.settled.push(head.ref);
  if (head.kind === 'deleted') {
    if (index) result.removed.push(head.ref);
  } else if (path && isUntouched(intent, path)) result.saved.push(entryOf(head, path));
  else {
    result.saved.push(doubtfulEntry(head, { mtimeNs: head.mtimeNs, ino, mode: BigInt(head.mode) }));
    result.look.push(head.ref);
  }
}

/** What was replaced had already reached its place; the database does not know that yet. */
function noteKept(result: Applied, { site, folder, dirs }: Place, { head, losing }: Intent, index: IndexEntry): void {
  const { ref, origin, seq, size, sha256, kind } = index;
  if (kind === 'file' && sha256 && isArchived(folder, sha256)) result.archived.push({ ref, origin, seq, size, sha256 });
  if (!losing) return;
  const copy = findBeside(folder, dirs, index.ino, ref.path, site.plan.site, losing.detectedAt);
  if (copy !== undefined) noteConflict(result, head, losing, copy);
}

/** Completes intents that are still open between two changes, because their outcome was refused before. Takes the site's lock. */
export async function retryIntents(site: Site): Promise<void> {
  for (const [name, folder] of site.folders) {
    if (!(await hasOpenIntents(site.store.db, name)) || !(await folder.answers())) continue;
    await site.store.lock(() => recoverIntents(site, folder));
  }
}
