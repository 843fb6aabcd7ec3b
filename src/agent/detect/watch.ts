import { type BytePath, joinPath } from '../../base/bytes.ts';
import { type Clock, every } from '../../base/clock.ts';
import { type Problem, ProblemError, problem, problemOf } from '../../problems/problem.ts';
import type { Reads } from '../fs/disk.ts';
import type { WatchState } from '../fs/facts.ts';
import type { Inotify } from '../fs/inotify.ts';

/** Directories watched at most: each costs us about 200 bytes and the kernel 1 KB. */
const MAX_WATCHES = 200_000;
/** Files with several names watched at most. */
const MAX_LINKED = 50_000;
/** How often the kernel is asked for events (ms); a file is looked at 60 ms after its last one, so nobody waits for this. */
const POLL_MS = 20;
/** Reads in one go, of up to 2000 events each: the thread has other work too. */
const READS = 16;

/** By what the kernel refuses. */
const REFUSALS: Record<string, Problem> = {
  ENOSPC: problem('tooFewWatches'),
  EMFILE: problem('tooFewInstances'),
};

/**
 * Watches directories, and files that have several names (hard links): a write through one name, also one outside the
 * tree, is told for all names in the tree. What it tells are hints: passes find what it misses.
 */
export interface Watcher {
  /** Watches an open directory from now on. False when it was watched under this path already. */
  add(dir: BytePath, fd: number): boolean;
  /**
   * Watches a file with several names, one of which is `path`, the entry `name` of an open directory. False when names
   * were added of which it is not known whether they are in the tree: a pass must find them.
   * @param inPass by a pass, which comes to all names
   */
  addLinked(path: BytePath, fd: number, name: BytePath, links: number, inPass: boolean): boolean;
  /** Reads the events that wait. */
  poll(): void;
  /** Begins a pass: every directory that is still there will be added again before {@link sweep}. */
  mark(): void;
  /** Ends a pass: directories and names of files that were not added since {@link mark} are gone. */
  sweep(): void;
  state(): WatchState;
  close(): void;
}

export interface WatchHandlers {
  /** Something happened to this entry; `newDirectory` when it is a directory that came just now. */
  changed(path: BytePath, newDirectory: boolean): void;
  /** Events were lost. */
  overflow(): void;
}

export function createWatcher(handlers: WatchHandlers, disk: Pick<Reads, 'watch'>, clock: Clock): Watcher {
  /** By the kernel's number, which a directory keeps when it is renamed: the path is then replaced. */
  const watches = new Map<number, { dir: BytePath; pass: number }>();
  /** By the kernel's number, which all names of a file share: the pass that saw each name; how many names the last pass saw. */
  const linked = new Map<number, { names: Map<BytePath, number>; links: number }>();
  let pass = 0;
  let tooManyLinks: Problem | undefined;
  let degraded: Problem | undefined;
  let inotify: Inotify | undefined;
  const stop = every(clock, POLL_MS, poll);

  function poll(): void {
    for (let reads = 0; inotify && reads < READS; reads++) {
      const events = inotify.read();
      if (events.length === 0) return;
      for (const event of events) {
        if (event.is === 'overflow') handlers.overflow();
        else if (event.is === 'ended') {
          watches.delete(event.watch);
          linked.delete(event.watch);
        } else if (event.is === 'self') {
          for (const path of linked.get(event.watch)?.names.keys() ?? []) handlers.changed(path, false);
        } else {
          const known = watches.get(event.watch);
          if (known) handlers.changed(joinPath(known.dir, event.name), event.newDirectory);
        }
      }
    }
  }

  function tryAdd(add: (inotify: Inotify) => number): number | undefined {
    if (degraded) return undefined;
    try {
      if (watches.size >= MAX_WATCHES) throw new ProblemError(problem('tooManyDirectories', { limit: MAX_WATCHES }));
      inotify ??= disk.watch();
      return add(inotify);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Gone again before it was watched; what cannot be read is told by whoever reads it.
      if (code !== 'ENOENT' && code !== 'EACCES')
        degraded = REFUSALS[code] ?? problemOf(error, (why) => problem('watchFailed', { why }));
      return undefined;
    }
  }

  return {
    add(dir, fd) {
      const watch = tryAdd((inotify) => inotify.add(fd));
      if (watch === undefined) return true;
      const known = watches.get(watch);
      watches.set(watch, { dir, pass });
      return known?.dir !== dir;
    },
    addLinked(path, fd, name, links, inPass) {
      const watch = tryAdd((inotify) => inotify.addFile(fd, name));
      if (watch === undefined) return true;
      const known = linked.get(watch) ?? { names: new Map<BytePath, number>(), links: 1 };
      if (known.names.size === 0 && linked.size >= MAX_LINKED) {
        inotify?.remove(watch);
        tooManyLinks = problem('tooManyHardLinks', { limit: MAX_LINKED });
        return true;
      }
      linked.set(watch, known);
      known.names.set(path, pass);
      if (inPass) known.links = links;
      return links <= known.names.size || links <= known.links;
    },
    poll,
    mark() {
      pass++;
      degraded = undefined;
      tooManyLinks = undefined;
    },
    sweep() {
      // Directories that could not be added again may still be there.
      if (degraded) return;
      for (const [watch, known] of watches) {
        if (known.pass === pass) continue;
        inotify?.remove(watch);
        watches.delete(watch);
      }
      for (const [watch, { names }] of linked) {
        for (const [name, seen] of names) if (seen !== pass) names.delete(name);
        if (names.size > 0) continue;
        inotify?.remove(watch);
        linked.delete(watch);
      }
    },
    state() {
      const reason = degraded ?? tooManyLinks;
      return { watched: watches.size, ...(reason && { degraded: reason }) };
    },
    close() {
      stop();
      inotify?.close();
      inotify = undefined;
      watches.clear();
      linked.clear();
    },
  };
}
