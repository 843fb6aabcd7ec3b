import { problem } from '../../problems/problem.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { ignoreOf, ignoresPath } from '../fs/ignore.ts';
import { MODE_MASK, OpenDirectories } from '../fs/open-directories.ts';
import { discard, spareIn, stageBytes } from '../fs/staging.ts';
import type { Site } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { type Intent, type Losing, saveIntents } from '../store/intent.ts';
import { type Applied, nothingApplied } from './commit.ts';
import { keepAside, keepReplaced, type Place } from './keep.ts';
import { keepForLater } from './kept.ts';
import { type Outcome, type PlaceRequest, place } from './place.ts';
import { applyOrder, nextStep } from './steps.ts';
import { whyNotPlaced } from './why-not-placed.ts';

/** A path to be made equal to its head. */
export interface Want {
  head: Head;
  index: IndexEntry | undefined;
  /** Small content, already compared with the head's hash. */
  bytes?: Buffer;
  /** Content in staging, already compared with the head's hash. */
  staged?: At;
  losing?: Losing;
}

/**
 * Makes paths of one folder equal to their heads, as far as their content is at hand. Must run under the site's lock.
 * When it returns, everything written is durable, and what was replaced is in the archive, or beside it while a program
 * may still write to it. A path that cannot be changed does not stop the others.
 *
 * The order survives a stop at any moment: new content and the intents become durable, then the tree changes, then that
 * becomes durable, then the caller commits (docs/decisions/0023-intents.md).
 */
export async function applyAll(site: Site, folder: OpenFolder, wants: Want[]): Promise<Applied> {
  const result = nothingApplied();
  const prepared: Prepared[] = [];
  for (const want of wants.toSorted((a, b) => applyOrder(a.head, b.head))) {
    const { head, index } = want;
    const step = nextStep(head, index, want.bytes !== undefined || want.staged !== undefined);
    if (want.staged && step !== 'place') discard(folder, want.staged);
    if (step === 'pull') result.waiting.push(head);
    else if (step === 'noop') result.settled.push(head.ref);
    else if (step === 'adopt') {
      result.saved.push({ ...index!, origin: head.origin, seq: head.seq });
      result.settled.push(head.ref);
    } else {
      try {
        prepared.push(prepare(folder, step, want));
      } catch (error) {
        result.postponed.push({ head, problem: whyNotPlaced(error, head) });
      }
    }
  }
  if (prepared.length === 0) return result;
  await announceIntents(site, folder, prepared);
  const dirs = new OpenDirectories(folder);
  try {
    for (const one of prepared) {
      const outcome = place(folder.disk, dirs, one);
      if (outcome.state !== 'placed' && one.fresh) putAway(folder, one.head, one.fresh.at, outcome);
      await record(result, { site, folder, dirs }, one, outcome);
    }
  } finally {
    dirs.close();
  }
  await folder.disk.flush(folder.rootFd);
  return result;
}

/** Makes the intents and their content durable. */
async function announceIntents(site: Site, folder: OpenFolder, prepared: Prepared[]): Promise<void> {
  const fresh = prepared.flatMap((one) => one.fresh ?? []);
  const [saved, flushed] = await Promise.allSettled([
    saveIntents(site.store.db, prepared.map(intentOf)),
    fresh.length > 0 ? folder.disk.flush(folder.rootFd) : undefined,
  ]);
  if (saved.status === 'fulfilled' && flushed.status === 'fulfilled') return;
  // Nothing was begun: recovery finds that out, in case the intents were saved all the same.
  for (const { at } of fresh) discard(folder, at);
  throw saved.status === 'rejected' ? saved.reason : (flushed as PromiseRejectedResult).reason;
}

type Prepared = PlaceRequest & Pick<Want, 'losing'>;

/** Prepares the new content in staging. Throws when there is no room for it. */
function prepare(
  folder: OpenFolder,
  step: 'place' | 'metadata',
  { head, index, bytes, staged, losing }: Want,
): Prepared {
  const common = { head, index, spare: spareIn(folder), ...(losing && { losing }) };
  if (step === 'metadata' || head.kind === 'deleted') return common;
  const at = staged ?? make(folder, head, bytes);
  try {
    if (head.kind === 'file' && at.mode !== head.mode) folder.disk.setMode(at, head.mode & MODE_MASK);
    if (head.kind !== 'dir') folder.disk.setMtime(at, head.mtimeNs);
    return { ...common, fresh: { at, stats: folder.disk.look(at)! } };
  } catch (error) {
    putAway(folder, head, at);
    throw error;
  }
}

function make(folder: OpenFolder, head: Head, bytes: Buffer = Buffer.alloc(0)): At {
  if (head.kind === 'file') return stageBytes(folder, bytes, head.mode & MODE_MASK);
  const at = spareIn(folder);
  if (head.kind === 'dir') folder.disk.makeDirectory(at, head.mode & MODE_MASK);
  else folder.disk.makeSymlink(at, head.target ?? '');
  return at;
}

function intentOf({ head, index, fresh, spare, losing }: Prepared): Intent {
  return {
    staged: (fresh?.at ?? spare).name,
    head,
    ...(fresh && { ino: fresh.stats.ino }),
    ...(index?.kind === 'file' && index.sha256 && { was: replacedOf(index, index.sha256) }),
    ...(losing && { losing }),
  };
}

const replacedOf = ({ origin, seq, size }: IndexEntry, sha256: Buffer) => ({ origin, seq, size, sha256 });

/** Keeps new content that was not put in place for the next try; not what somebody made of the path meanwhile. */
function putAway(folder: OpenFolder, { kind, size, sha256 }: Head, at: At, outcome?: Outcome): void {
  const aside = outcome?.state === 'changed-here' ? outcome.aside : undefined;
  if (aside?.name === at.name) return;
  if (kind === 'file' && size > 0 && sha256) keepForLater(folder, at, sha256);
  else discard(folder, at);
}

async function record(result: Applied, where: Place, one: Prepared, outcome: Outcome): Promise<void> {
  const { head, index } = one;
  const name = intentOf(one).staged;
  let isOpen = false;
  switch (outcome.state) {
    case 'placed':
      if (outcome.entry) result.saved.push(outcome.entry);
      else if (index) result.removed.push(head.ref);
      if (outcome.touched) result.look.push(head.ref);
      result.settled.push(head.ref);
      if (outcome.replaced && index) isOpen = await keepReplaced(result, where, { ...one, index }, outcome.replaced);
      break;
    case 'changed-here':
      if (outcome.aside) keepAside(result, where, head.ref, outcome.aside);
      // Nobody ever observes it: this site keeps its own.
      if (ignoresPath(ignoreOf(where.folder.plan.ignore), head.ref.path)) {
        result.settled.push(head.ref);
        break;
      }
      result.look.push(head.ref);
      result.postponed.push({ head, problem: problem('changedHere') });
      break;
    case 'not-empty':
      result.look.push(head.ref);
      result.notEmpty.push(head.ref);
      result.postponed.push({ head, problem: problem('directoryNotEmpty') });
      break;
    case 'blocked':
      result.postponed.push({ head, problem: outcome.problem });
  }
  (isOpen ? result.kept : result.ended).push(name);
}
