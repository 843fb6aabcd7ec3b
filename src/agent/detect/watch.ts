import { type BytePath, joinPath } from '../../base/bytes.ts';
import { type Clock, every } from '../../base/clock.ts';
import { type Problem, ProblemError, problem, problemOf } from '../../problems/problem.ts';
import type { Reads } from '../fs/disk.ts';
import type { WatchState } from '../fs/facts.ts';
import type { Inotify } from '../fs/inotify.ts';

/** Maximum number of watched directories: each takes about 200 bytes here and 1 KB in the kernel. */
const MAX_WATCHES = 200_000;
/** Maximum number of watched files with several names. */
const MAX_LINKED = 50_000;
/** How often events are read (ms). A file is observed 60 ms after its last event, so nobody waits for this. */
const POLL_MS = 20;
/** Maximum number of reads at a time, of up to 2000 events each. */
const READS = 16;

/** By error code of the kernel. */
const REFUSALS: Record<string, Problem> = {
  ENOSPC: problem('tooFewWatches'),
  EMFILE: problem('tooFewInstances'),
};

/**
 * Watches directories, and files with several names (hard links): a write through one name, even one outside the tree,
 * is reported for every name in the tree. Events are hints; passes find what they miss.
 */
export interface Watcher {
  /** Watches an open directory. False if it was already watched under this path. */
  add(dir: BytePath, fd: number): boolean;
  /**
   * Watches a file with several names; `path` is one of them, the entry `name` of an open directory. False when names
   * were added that may be in the tree: a pass must find them.
   * @param inPass the caller is a pass, which visits all names
   */
  addLinked(path: BytePath, fd: number, name: BytePath, links: number, inPass: boolean): boolean;
  /** Reads pending events. */
  poll(): void;
  /** Begins a pass: every directory that still exists will be added again before {@link sweep}. */
  mark(): void;
  /** Ends a pass: directories and names that were not added since {@link mark} are gone. */
  sweep(): void;
  state(): WatchState;
  close(): void;
}

export interface WatchHandlers {
  /** This entry changed; `newDirectory`: it is a directory that has just appeared. */
  changed(path: BytePath, newDirectory: boolean): void;
  /** Events were lost. */
  overflow(): void;
}

export function createWatcher(handlers: WatchHandlers, disk: Pick<Reads, 'watch'>, clock: Clock): Watcher {
  /** By watch descriptor, which a renamed directory keeps; its path is then replaced. */
  const watches = new Map<number, { dir: BytePath; pass: number }>();
  /**
   * By watch descriptor, which all names of a file share: the pass that saw each name, and how many names the last pass
   * saw.
   */
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
      // Gone before it was watched. Unreadable entries are reported by whoever reads them.
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
      // Directories that could not be watched may still exist.
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
