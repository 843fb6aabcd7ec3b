import { type FSWatcher, watch } from 'node:fs';
import { type BytePath, fsPath } from '../../base/bytes.ts';
import type { WatchState } from './facts.ts';

/** Directories watched at most: each costs the kernel about 1 KB and Node about 2 KB. */
const MAX_WATCHES = 60_000;

/** Watches directories, not trees; see docs/decisions for why not chokidar. */
export interface Watcher {
  /** Watches one more directory; nothing when it is watched already. */
  add(dir: BytePath): void;
  remove(dir: BytePath): void;
  /** Begins a pass: every directory that is still there will be added again before {@link sweep}. */
  mark(): void;
  /** Ends a pass: directories that were not added since {@link mark} are gone. */
  sweep(): void;
  state(): WatchState;
  close(): void;
}

/**
 * @param stir called with the path of an entry of which the kernel says that something happened, or of a directory
 *   when it does not say which entry
 */
export function createWatcher(root: string, stir: (dir: BytePath, name: BytePath | undefined) => void): Watcher {
  const watches = new Map<BytePath, { watcher: FSWatcher; pass: number }>();
  let pass = 0;
  let degraded: string | undefined;

  function add(dir: BytePath): void {
    const known = watches.get(dir);
    if (known) {
      known.pass = pass;
      return;
    }
    if (watches.size >= MAX_WATCHES) {
      degraded = `more than ${MAX_WATCHES} directories: changes in the others are found by passes only`;
      return;
    }
    try {
      const one = watch(fsPath(dir === '' ? root : `${root}/${dir}`), { encoding: 'latin1', persistent: true }, (_event, name) => {
        stir(dir, typeof name === 'string' ? name : undefined);
      });
      one.on('error', () => remove(dir));
      watches.set(dir, { watcher: one, pass });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return;
      degraded =
        code === 'ENOSPC'
          ? 'the kernel allows no more watches: raise fs.inotify.max_user_watches; until then changes are found by passes only'
          : `${message}: changes are found by passes only`;
    }
  }

  function remove(dir: BytePath): void {
    watches.get(dir)?.watcher.close();
    watches.delete(dir);
  }

  return {
    add,
    remove,
    mark() {
      pass++;
    },
    sweep() {
      for (const [dir, known] of watches) if (known.pass !== pass) remove(dir);
    },
    state: () => ({ watched: watches.size, ...(degraded && { degraded }) }),
    close() {
      for (const { watcher } of watches.values()) watcher.close();
      watches.clear();
    },
  };
}
