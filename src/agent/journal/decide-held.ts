import type { RowDataPacket } from 'mysql2/promise';
import { repeat } from '../../base/repeat.ts';
import { type Undecided, WINDOW_MS } from '../brake/brake.ts';
import { movedOf } from '../brake/moved.ts';
import { isDeletedFile, type TooMuch, tooMuchOf } from '../brake/too-much.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Site } from '../site/site.ts';
import { type Held, heldBatches, holdBack } from '../store/held.ts';
import type { PathRef } from '../store/path-ref.ts';
import { observePaths } from './observe.ts';

const POLL_MS = 50;
/** Losses are decided when no more came for this long: an `rm -r` is many small batches. */
const QUIET_MS = 500;
/** If deletions or overwrites never stop, what was seen is decided after this long. */
const LONGEST_MS = 3000;
/** What is not seen by then is not waited for: moved files reappear as new ones, and large ones must be read first. */
const PATIENCE_MS = { passing: 60_000, busy: 60_000, reading: 600_000, calm: 0 };
/** After a decision that could not be made because the disk or the database is unavailable. */
const RETRY_MS = 5000;

/** How much of a folder is pending: see the detector's `pace`. */
export type Pace = keyof typeof PATIENCE_MS;

const failed = new WeakMap<Site, Map<string, number>>();

/** Whether changes were seen that are not decided yet. Folders whose disk is unavailable do not count. */
export function isDeciding(site: Site): boolean {
  return [...site.store.brake.undecided.keys()].some((name) => site.folders.has(name) && !failed.get(site)?.has(name));
}

/** Decides what was seen, folder by folder, as soon as it is quiet. Runs until the site's signal is aborted. */
export async function followWaiting(site: Site, pace: (folder: string) => Pace): Promise<void> {
  const retry = new Map<string, number>();
  failed.set(site, retry);
  async function round(): Promise<void> {
    site.store.brake.mark();
    for (const [name, seen] of site.store.brake.undecided) {
      const folder = site.folders.get(name);
      if (!folder || (retry.get(name) ?? 0) > site.monotonic()) continue;
      try {
        await look(site, folder, seen, pace(name));
        retry.delete(name);
      } catch (error) {
        retry.set(name, site.monotonic() + RETRY_MS);
        site.log.warn({ err: error, folder: name }, 'what was deleted or overwritten is not decided yet; trying again');
      }
    }
    await site.store.brake.tidy();
  }
  await repeat(round, {
    signal: site.signal,
    clock: site,
    pause: POLL_MS,
    pauseFirst: true,
    failed: (err) => site.log.debug({ err }, 'what is held could not be looked up; trying again'),
  });
}

async function look(site: Site, folder: OpenFolder, seen: Undecided, pace: Pace): Promise<void> {
  const { name } = folder.plan;
  const now = site.monotonic();
  // On a slow disk or database some changes may still be on their way although no more have come for a while.
  const isQuiet = pace !== 'busy' && now - seen.last >= QUIET_MS;
  if (!isQuiet && now - seen.since < LONGEST_MS) return;
  const impatient = now - seen.since > PATIENCE_MS[pace];
  if ((pace === 'passing' && !impatient) || !(await folder.answers())) return;
  const arrivals = await site.store.lock(async () => site.store.brake.arrivals(name));
  const since = site.store.brake.seqBefore(seen.since - WINDOW_MS);
  const { db, brake } = site.store;
  const tooMuch = await tooMuchOf({ db, brake, site: site.plan.site, now: site.monotonic() }, folder.plan, since);
  if (tooMuch.deleted && !impatient) return;
  for await (const part of heldBatches(site.store.db, name, false)) {
    // What arrived since the count must be counted before it is journaled with the rest.
    const isAllCounted = site.store.brake.arrivals(name) === arrivals;
    if (!isAllCounted && !(tooMuch.deleted && tooMuch.overwritten)) {
      site.store.brake.undecided.set(name, { since: seen.since, last: site.monotonic() });
      return;
    }
    await decideSome(site, folder, part, tooMuch, since);
  }
  const later = site.store.brake.undecided.get(name);
  if (later && later !== seen) site.store.brake.undecided.set(name, { since: later.last, last: later.last });
  else site.store.brake.undecided.delete(name);
}

const isOverwrittenFile = ({ was, now }: Held) => now.kind !== 'deleted' && was.kind !== 'dir';
const idOf = ({ ref }: Held) => ref.id;
const wasDirectory = ({ was }: Held) => was.kind === 'dir';

/**
 * Journals or holds some changes of one depth, the deepest first: a directory that is gone or has become something else is
 * held as long as something that was in it is, because that could go nowhere else.
 */
async function decideSome(
  site: Site,
  folder: OpenFolder,
  part: Held[],
  tooMuch: TooMuch,
  since: number,
): Promise<void> {
  const gone = part.filter(isDeletedFile);
  const moved = await movedOf(site.store.db, site.plan.site, gone, since);
  const lost = gone.filter(({ ref }) => !moved.has(ref.id));
  const overwritten = part.filter(isOverwrittenFile);
  const held = [...(tooMuch.deleted ? lost : []), ...(tooMuch.overwritten ? overwritten : [])];
  const stays = new Set(held.map(({ ref }) => ref.id));
  const recent = site.store.brake.recent(folder.plan.name);
  recent.deleted.add(lost.map(idOf), site.monotonic());
  recent.overwritten.add(overwritten.map(idOf), site.monotonic());
  await hold(site, folder, held);
  await flow(
    site,
    folder,
    part.filter((one) => !wasDirectory(one) && !stays.has(one.ref.id)),
  );
  // What was in a directory is deeper, and already decided, except what has just arrived: then the directory waits with it.
  const dirs = part.filter(wasDirectory);
  const [full, open] = [await withHeld(site, dirs, true), await withHeld(site, dirs, false)];
  await hold(
    site,
    folder,
    dirs.filter(({ ref }) => full.has(ref.id)),
  );
  const empty = dirs.filter(({ ref }) => !full.has(ref.id) && !open.has(ref.id));
  await flow(site, folder, empty);
  if (dirs.some(({ ref }) => open.has(ref.id) && !full.has(ref.id))) lookAgain(site, folder);
}

async function hold(site: Site, { plan }: OpenFolder, held: Held[]): Promise<void> {
  if (held.length === 0) return;
  site.store.brake.changed(plan.name);
  await holdBack(
    site.store.db,
    held.map(({ ref }) => ref),
  );
  site.store.brake.changed(plan.name);
  site.log.warn(
    { folder: plan.name, changes: held.length },
    'many files were deleted or overwritten: held until someone approves or rejects the changes',
  );
}

/** Journals them. What is changing at this moment is observed again. */
async function flow(site: Site, folder: OpenFolder, changes: Held[]): Promise<void> {
  if (changes.length === 0) return;
  folder.check();
  const refs = changes.map(({ ref }) => ref);
  await observePaths(site, folder, refs);
  const left = await site.store.brake.at(refs);
  if (left.size > 0) lookAgain(site, folder);
}

function lookAgain(site: Site, { plan }: OpenFolder): void {
  const now = site.monotonic();
  const seen = site.store.brake.undecided.get(plan.name);
  site.store.brake.undecided.set(plan.name, { since: seen?.since ?? now, last: now });
}

/** Directories, by path id, in which something waits for approval, or for the brake. */
async function withHeld(site: Site, dirs: { ref: PathRef }[], decided: boolean): Promise<Set<string>> {
  if (dirs.length === 0) return new Set();
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    'SELECT DISTINCT dir_key FROM local.held WHERE decided = ? AND dir_key IN (?)',
    [decided, dirs.map(({ ref }) => ref.pathKey)],
  );
  const full = new Set(rows.map((row) => row.dir_key.toString('latin1')));
  return new Set(dirs.filter(({ ref }) => full.has(ref.pathKey.toString('latin1'))).map(({ ref }) => ref.id));
}
