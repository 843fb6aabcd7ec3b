import { closeSync } from 'node:fs';
import { type BytePath, displayPath, joinPath } from '../../base/bytes.ts';
import type { Digests } from './digests.ts';
import { readNames } from './entries.ts';
import type { DirectoryReport, Findings, PassResult, WatchState } from './facts.ts';
import { createHints } from './hints.ts';
import { createIgnore } from './ignore.ts';
import { factAt } from './lstat.ts';
import { openTree, type Tree } from './tree.ts';
import { walk } from './walk.ts';
import { createWatcher } from './watch.ts';

/** Errors remembered between two passes. */
const MAX_ERRORS = 10;

/** Looks at one folder: by hints as they come, by passes when asked. */
export interface FolderScout {
  pass(digests: Digests, report: (report: DirectoryReport) => Promise<void>): Promise<PassResult>;
  /** Makes the quiet rule look at these paths. */
  look(paths: BytePath[]): void;
  /** Looks at what is quiet by now. When the folder's root is not there, a pass has become needed. */
  takeQuiet(): Findings | undefined;
  /** ms until there is something quiet; undefined when nothing waits. */
  msToQuiet(): number | undefined;
  /** Whether a pass has become needed since the last call. */
  overflowed(): boolean;
  state(): WatchState;
  close(): void;
}

/** @param changed called when something has begun to wait for its quiet time */
export function createFolderScout(folder: string, root: string, patterns: string[], changed: () => void): FolderScout {
  const closed = new AbortController();
  const ignore = createIgnore(patterns);
  const errors: string[] = [];
  const trouble = (reason: string) => {
    if (errors.length < MAX_ERRORS) errors.push(reason);
  };
  const hints = createHints(folder, root, ignore, trouble);
  let lost = false;
  const stir = (path: BytePath): boolean => {
    const kept = hints.stir(path, performance.now());
    changed();
    return kept;
  };
  const overflow = () => {
    lost = true;
    changed();
  };
  const watcher = createWatcher({
    changed(path, newDirectory) {
      if (stir(path) && newDirectory) enter([path]);
    },
    overflow,
  });

  /** Watches new directories and all below them, and stirs what is in them already. */
  function enter(dirs: BytePath[]): void {
    if (dirs.length === 0) return;
    let tree: Tree | undefined;
    try {
      tree = openTree(root);
      const open = [...dirs];
      for (let dir = open.pop(); dir !== undefined; dir = open.pop()) enterOne(tree, dir, open);
    } catch (error) {
      trouble((error as Error).message);
      overflow();
    } finally {
      tree?.close();
    }
  }

  /** Watched first, read then: an entry made in between is seen by one of the two. */
  function enterOne(tree: Tree, dir: BytePath, open: BytePath[]): void {
    const fd = tree.open(dir);
    if (fd === undefined) return;
    try {
      if (!watcher.add(dir, fd)) return;
      for (const names of readNames(fd)) {
        for (const name of names) {
          if (ignore(dir, name)) continue;
          const path = joinPath(dir, name);
          if (!stir(path)) return;
          if (factAt({ fd, name }, path)?.kind === 'dir') open.push(path);
        }
      }
    } catch (error) {
      trouble(`"${displayPath(dir)}": ${(error as Error).message}`);
    } finally {
      closeSync(fd);
    }
  }

  return {
    async pass(digests, report) {
      errors.length = 0;
      watcher.mark();
      const result = await walk({
        folder,
        root,
        ignore,
        digests,
        enter: watcher.add,
        stir,
        report,
        signal: closed.signal,
      });
      if (!closed.signal.aborted) watcher.sweep();
      return result;
    },
    look: (paths) => void paths.forEach(stir),
    takeQuiet() {
      try {
        const findings = hints.take(performance.now());
        if (findings) enter(findings.facts.filter((fact) => fact.kind === 'dir').map((fact) => fact.path));
        return findings;
      } catch (error) {
        trouble((error as Error).message);
        return undefined;
      }
    },
    msToQuiet() {
      const next = hints.next();
      return next === undefined ? undefined : Math.max(0, next - performance.now());
    },
    overflowed() {
      const before = lost;
      lost = false;
      return hints.overflowed() || before;
    },
    state: () => ({ ...watcher.state(), errors: [...errors] }),
    close() {
      closed.abort();
      watcher.close();
    },
  };
}
