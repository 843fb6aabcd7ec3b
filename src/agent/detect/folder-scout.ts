import { readdirSync } from 'node:fs';
import { type BytePath, fsPath, joinPath } from '../../base/bytes.ts';
import type { DirectoryReport, Findings, PassResult, WatchState } from './facts.ts';
import { createHints } from './hints.ts';
import { createIgnore } from './ignore.ts';
import { walk } from './walk.ts';
import { createWatcher } from './watch.ts';

/** Looks at one folder: by hints as they come, by passes when asked. */
export interface FolderScout {
  pass(digests: Map<string, string>, report: (report: DirectoryReport) => Promise<void>): Promise<PassResult>;
  /** Makes the quiet rule look at these paths. */
  look(paths: BytePath[]): void;
  /** Reports what is quiet by now. */
  takeQuiet(): Findings | undefined;
  /** ms until there is something quiet; undefined when nothing waits. */
  msToQuiet(): number | undefined;
  overflowed(): boolean;
  state(): WatchState;
  close(): void;
}

export function createFolderScout(folder: string, root: string, patterns: string[], changed: () => void): FolderScout {
  const ignore = createIgnore(patterns);
  const hints = createHints(folder, root, ignore);
  const stir = (path: BytePath) => {
    hints.stir(path, Date.now());
    changed();
  };
  const watcher = createWatcher(root, (dir, name) => (name === undefined ? stirEntries(dir) : stir(joinPath(dir, name))));

  /** The kernel does not say which entry: look at all of them. */
  function stirEntries(dir: BytePath): void {
    for (const name of namesIn(root, dir)) stir(joinPath(dir, name));
  }

  return {
    async pass(digests, report) {
      watcher.mark();
      const result = await walk({ folder, root, ignore, digests, enter: watcher.add, stir, report });
      watcher.sweep();
      return result;
    },
    look: (paths) => paths.forEach(stir),
    takeQuiet() {
      const taken = hints.take(Date.now());
      if (!taken) return undefined;
      for (const path of taken.findings.gone) watcher.remove(path);
      // Watched first, read then: an entry made in between is seen by one of the two.
      // And anew: under this name there may be another directory now.
      for (const dir of taken.directories) {
        watcher.remove(dir);
        watcher.add(dir);
        stirEntries(dir);
      }
      return taken.findings;
    },
    msToQuiet() {
      const next = hints.next();
      return next === undefined ? undefined : Math.max(0, next - Date.now());
    },
    overflowed: hints.overflowed,
    state: watcher.state,
    close: watcher.close,
  };
}

function namesIn(root: string, dir: BytePath): BytePath[] {
  try {
    return readdirSync(fsPath(dir === '' ? root : `${root}/${dir}`), 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
}
