import { problem } from '../../problems/problem.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { ignoreOf, ignoresPath } from '../fs/ignore.ts';
import { modeRule } from '../fs/modes.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import { discard } from '../fs/staging.ts';
import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { type Intent, saveIntents } from '../store/intent.ts';
import { sameId } from '../versions/version.ts';
import { type Applied, nothingApplied } from './commit.ts';
import { keepAside, keepReplaced, type Place } from './keep.ts';
import { type Outcome, place } from './place.ts';
import { type Prepared, prepare, putAway } from './prepare.ts';
import { applyOrder, nextStep } from './steps.ts';
import type { Want } from './want.ts';
import { whyNotPlaced } from './why-not-placed.ts';

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
  const dirs = new OpenDirectories(folder);
  const modes = modeRule(folder.plan) === 'full' ? await modesBefore(site, wants) : new Map<string, number>();
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
        prepared.push(await prepare({ folder, dirs }, step, want, modes.get(head.ref.id)));
      } catch (error) {
        result.postponed.push({ head, problem: whyNotPlaced(error, head) });
      }
    }
  }
  // They may be moved meanwhile.
  dirs.close();
  if (prepared.length === 0) return result;
  await announceIntents(site, folder, prepared);
  try {
    for (const one of prepared) {
      const outcome = place(folder.disk, dirs, one);
      if (outcome.state !== 'placed' && one.fresh) putAway(folder, one.head, one.fresh.at, outcome);
      else if (outcome.state === 'placed' && outcome.isIncomplete && one.fresh) discard(folder, one.fresh.at);
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

/** The modes of the versions that are on the disk, by path, where that of the head may differ from them. */
async function modesBefore(site: Site, wants: Want[]): Promise<Map<string, number>> {
  const changed = wants.filter(
    ({ head, index }) => index?.kind === head.kind && index.mode !== head.mode && head.kind !== 'symlink',
  );
  if (changed.length === 0) return new Map();
  const families = await loadFamilies(
    site.store.db,
    site,
    changed.map(({ head }) => head.ref),
  );
  return new Map(
    changed.flatMap(({ head: { ref }, index }) => {
      const version = families.get(ref.id)?.find((one) => sameId(one, index));
      return version ? [[ref.id, version.mode] as const] : [];
    }),
  );
}

function intentOf({ head, index, fresh, spare, mode, losing }: Prepared): Intent {
  return {
    staged: (fresh?.at ?? spare).name,
    head: { ...head, mode },
    ...(fresh && { ino: fresh.stats.ino }),
    ...(index?.kind === 'file' && index.sha256 && { was: replacedOf(index, index.sha256) }),
    ...(losing && { losing }),
  };
}

const replacedOf = ({ origin, seq, size }: IndexEntry, sha256: Buffer) => ({ origin, seq, size, sha256 });

async function record(result: Applied, where: Place, one: Prepared, outcome: Outcome): Promise<void> {
  const { head, index } = one;
  const name = intentOf(one).staged;
  let isOpen = false;
  switch (outcome.state) {
    case 'placed':
      if (outcome.entry) result.saved.push(outcome.entry);
      else if (index) result.removed.push(head.ref);
      if (outcome.touched) result.look.push(head.ref);
      if (outcome.entry && (one.isIncomplete || outcome.isIncomplete)) result.incomplete.push(head.ref);
      result.settled.push(head.ref);
      if (outcome.replaced && one.isRestated) discard(where.folder, outcome.replaced);
      else if (outcome.replaced && index)
        isOpen = await keepReplaced(result, where, { ...one, index }, outcome.replaced);
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
