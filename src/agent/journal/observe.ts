import type { BytePath } from '../../base/bytes.ts';
import { type DiskState, fileState, stateOf } from '../fs/disk-state.ts';
import type { FileFact, Settling, Waiting } from '../fs/facts.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { factOf } from '../fs/lstat.ts';
import { MODE_MASK } from '../fs/modes.ts';
import { CHANGING, settleLarge, settleWhole } from '../fs/stable-file.ts';
import type { Site } from '../site/site.ts';
import { type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { chunks } from '../store/sql.ts';
import { LARGE } from '../transfer/schedule.ts';
import { type DiskObservation } from './classify.ts';
import { observeGone, observeLost, observeReplaced } from './observe-gone.ts';
import { record } from './record.ts';

/** Hashes small files in the detection thread. */
export type SettleSmall = (folder: string, paths: BytePath[], inlineMax: number) => Promise<Settling[]>;

/** Paths that could not be journaled now, and must be observed again. */
type Again = PathRef[];

export interface Observer {
  /**
   * Compares findings with the index and journals the differences. Large files are hashed in the background. Returns true
   * when everything seen is journaled or known. `more`: this is not everything that is changing now.
   */
  observe(folder: OpenFolder, facts: FileFact[], gone: BytePath[], more?: boolean): Promise<boolean>;
  /** Whether large files are being hashed. */
  working(): boolean;
  /** Those of one folder. */
  reading(folder: string): Waiting;
}

/** Large files hashed concurrently. */
const LARGE_AT_ONCE = 2;

export function createObserver(site: Site, settleSmall: SettleSmall): Observer {
  const large = new Map<string, PathRef>();
  const queue: (() => Promise<void>)[] = [];
  let active = 0;

  async function observe(folder: OpenFolder, facts: FileFact[], gone: BytePath[], more = false): Promise<boolean> {
    const news = facts.filter((fact) => !site.store.recent.take(folder.plan.name, fact));
    let agreed = true;
    for (const part of chunks(news))
      agreed = (await observeFacts(folder, part, more || news.length > part.length)) && agreed;
    for (const part of chunks(gone)) {
      const refs = part.map((path) => refOf(folder.plan.name, path));
      agreed = (await observeGone(site, folder, [...(await loadIndex(site.store.db, refs)).values()])) && agreed;
    }
    return agreed;
  }

  async function observeFacts(folder: OpenFolder, facts: FileFact[], crowded: boolean): Promise<boolean> {
    const refs = new Map(facts.map((fact) => [fact.path, refOf(folder.plan.name, fact.path)]));
    const index = await loadIndex(site.store.db, [...refs.values()]);
    const adopt = site.adopting.has(folder.plan.name);
    const entryOf = (path: BytePath) => index.get(refs.get(path)!.id);
    const changed = facts.filter((fact) => differs(fact, entryOf(fact.path)));
    const observations: DiskObservation[] = [];
    const lost = changed.filter((fact) => fact.kind !== 'dir' && entryOf(fact.path)?.kind === 'dir');
    const replaced = changed.filter((fact) => fact.kind === 'dir' && isReplaced(fact, entryOf(fact.path)));
    let agreed = await observeLost(site, folder, lost);
    agreed = (await observeReplaced(site, folder, replaced)) && agreed;
    site.unreadable.clear(folder.plan.name, refs.keys());
    for (const { path, kind } of changed) {
      if (kind === 'file') continue;
      // Check again: the index was read after the first check, and one of our own changes may lie in between.
      const state = stateOf(folder, path);
      if (state) observations.push({ ref: refs.get(path)!, against: entryOf(path), state, adopt, crowded });
    }
    const files = changed.filter((fact) => fact.kind === 'file');
    for (const { path } of files.filter((fact) => fact.size > LARGE)) {
      agreed = false;
      later(folder, refs.get(path)!, adopt);
    }
    const small = files.filter((fact) => fact.size <= LARGE).map((fact) => fact.path);
    const results = small.length ? await settleSmall(folder.plan.name, small, site.plan.inline.maxBytes) : [];
    const again: PathRef[] = [];
    for (const result of results) {
      const ref = refs.get(result.path)!;
      if ('settled' in result)
        observations.push({ ref, against: index.get(ref.id), state: fileState(result.settled), adopt, crowded });
      else if ('error' in result) {
        site.unreadable.note(folder.plan.name, result.path, new Error(result.error));
        site.log.warn({ folder: folder.plan.name, reason: result.error }, 'a file cannot be read');
      } else if (result.state === 'changing') again.push(ref);
      if (!('settled' in result)) agreed = false;
    }
    // What was read belongs to the disk that was opened, not to a copy that was mounted in its place since.
    folder.check();
    again.push(...(await record(site, observations)));
    if (again.length) site.wake.look.publish(again);
    return agreed && again.length === 0 && !observations.some(({ ref }) => site.store.refused.has(ref));
  }

  function later(folder: OpenFolder, ref: PathRef, adopt: boolean): void {
    if (large.has(ref.id)) return;
    large.set(ref.id, ref);
    queue.push(async () => {
      try {
        const again = await observeLarge(site, folder, ref, adopt);
        large.delete(ref.id);
        if (again.length) site.wake.look.publish(again);
      } catch (error) {
        site.unreadable.note(folder.plan.name, ref.path, error);
        site.log.warn({ err: error, folder: folder.plan.name }, 'a large file cannot be read');
      } finally {
        large.delete(ref.id);
        active--;
        next();
      }
    });
    next();
  }

  function next(): void {
    if (active >= LARGE_AT_ONCE) return;
    const job = queue.shift();
    if (!job) return;
    active++;
    void job();
  }

  return {
    observe,
    working: () => large.size > 0,
    reading(folder) {
      if (large.size === 0) return { count: 0, first: [] };
      const paths = [...large.values()].filter((ref) => ref.folder === folder).map(({ path }) => path);
      return { count: paths.length, first: paths.slice(0, 3) };
    },
  };
}

async function observeLarge(site: Site, folder: OpenFolder, ref: PathRef, adopt: boolean): Promise<Again> {
  // Under the lock: a placement that is just being written is then in the index, and need not be hashed.
  const against = (await site.store.lock(() => loadIndex(site.store.db, [ref]))).get(ref.id);
  const fact = factOf(folder, ref.path);
  if (fact && !differs(fact, against)) return [];
  const settled = await settleLarge(folder, ref.path);
  if (settled === CHANGING) return [ref];
  folder.check();
  return settled ? record(site, [{ ref, against, state: fileState(settled), adopt }]) : [];
}

/** Whether a directory was replaced by another one. */
const isReplaced = (fact: FileFact, entry: IndexEntry | undefined) => entry?.kind === 'dir' && entry.ino !== fact.ino;

/** Whether the disk differs from the index. Times of a directory do not count: they change with its entries. */
export function differs(fact: FileFact, entry: IndexEntry | undefined): boolean {
  if (!entry || entry.kind !== fact.kind) return true;
  if (fact.kind === 'dir') return isReplaced(fact, entry) || entry.mode !== (fact.mode & MODE_MASK);
  return (
    entry.ino !== fact.ino ||
    entry.ctimeNs !== fact.ctimeNs ||
    entry.mtimeNs !== fact.mtimeNs ||
    entry.size !== fact.size
  );
}

/** Observes these paths now, and journals what is there: for changes that we made on a user's behalf. */
export async function observePaths(site: Site, folder: OpenFolder, refs: PathRef[]): Promise<void> {
  const index = await loadIndex(site.store.db, refs);
  const observations: DiskObservation[] = [];
  for (const ref of refs) {
    const fact = factOf(folder, ref.path);
    const against = index.get(ref.id);
    if (!fact) observations.push({ ref, against, approved: true });
    else {
      const state = await stateNow(site, folder, fact, against);
      if (state) observations.push({ ref, against, state, approved: true });
    }
  }
  folder.check();
  await record(site, observations);
}

/** What is at a path now, read only if the index does not know it; undefined while it changes. */
async function stateNow(
  { plan }: Site,
  folder: OpenFolder,
  fact: FileFact,
  against: IndexEntry | undefined,
): Promise<DiskState | undefined> {
  if (fact.kind !== 'file') return stateOf(folder, fact.path);
  if (fact.size > plan.inline.maxBytes && against?.sha256 && !differs(fact, against))
    return fileState({ fact, sha256: against.sha256 });
  const small = fact.size <= plan.inline.maxBytes ? settleWhole(folder, fact.path, plan.inline.maxBytes) : CHANGING;
  const settled = small === CHANGING ? await settleLarge(folder, fact.path, 0) : small;
  return settled === CHANGING || !settled ? undefined : fileState(settled);
}
