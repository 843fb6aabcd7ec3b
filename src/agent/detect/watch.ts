import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { WatchState } from './facts.ts';
import { type Inotify, openInotify } from './inotify.ts';

/** Directories watched at most: each costs us about 200 bytes and the kernel 1 KB. */
const MAX_WATCHES = 200_000;
/** How often the kernel is asked for events (ms); a file is looked at 60 ms after its last one, so nobody waits for this. */
const POLL_MS = 20;
/** Reads in one go, of up to 2000 events each: the thread has other work too. */
const READS = 16;

/** What to do so that the kernel gives what it refused. */
const REMEDIES: Record<string, string> = {
  ENOSPC: 'the kernel allows no more watches: raise fs.inotify.max_user_watches (sysctl)',
  EMFILE: 'the kernel allows no more inotify instances: raise fs.inotify.max_user_instances (sysctl)',
};

/** Watches directories. What it tells are hints: passes find what it misses. */
export interface Watcher {
  /** Watches an open directory from now on. False when it was watched under this path already. */
  add(dir: BytePath, fd: number): boolean;
  /** Begins a pass: every directory that is still there will be added again before {@link sweep}. */
  mark(): void;
  /** Ends a pass: directories that were not added since {@link mark} are gone. */
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

export function createWatcher(handlers: WatchHandlers): Watcher {
  /** By the kernel's number, which a directory keeps when it is renamed: the path is then replaced. */
  const watches = new Map<number, { dir: BytePath; pass: number }>();
  let pass = 0;
  let degraded: string | undefined;
  let inotify: Inotify | undefined;
  const timer = setInterval(poll, POLL_MS);

  function poll(): void {
    for (let reads = 0; inotify && reads < READS; reads++) {
      const events = inotify.read();
      if (events.length === 0) return;
      for (const event of events) {
        if (event.is === 'overflow') handlers.overflow();
        else if (event.is === 'ended') watches.delete(event.watch);
        else {
          const known = watches.get(event.watch);
          if (known) handlers.changed(joinPath(known.dir, event.name), event.newDirectory);
        }
      }
    }
  }

  function tryAdd(fd: number): number | undefined {
    if (degraded) return undefined;
    try {
      if (watches.size >= MAX_WATCHES) throw new Error(`more than ${MAX_WATCHES} directories: split the folder`);
      inotify ??= openInotify();
      return inotify.add(fd);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      // Gone again before it was watched.
      if (code !== 'ENOENT')
        degraded = `${REMEDIES[code] ?? message}; until then some changes are found by passes only`;
      return undefined;
    }
  }

  return {
    add(dir, fd) {
      const watch = tryAdd(fd);
      if (watch === undefined) return true;
      const known = watches.get(watch);
      watches.set(watch, { dir, pass });
      return known?.dir !== dir;
    },
    mark() {
      pass++;
      degraded = undefined;
    },
    sweep() {
      // Directories that could not be added again may still be there.
      if (degraded) return;
      for (const [watch, known] of watches) {
        if (known.pass === pass) continue;
        inotify?.remove(watch);
        watches.delete(watch);
      }
    },
    state: () => ({ watched: watches.size, ...(degraded && { degraded }) }),
    close() {
      clearInterval(timer);
      inotify?.close();
      inotify = undefined;
      watches.clear();
    },
  };
}
