import { type BytePath, baseName, joinPath, parentOf } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { firstOf } from '../../base/first-of.ts';
import type { Digests } from '../fs/digests.ts';
import type { Root } from '../fs/disk.ts';
import type { DirectoryReport, Findings, PassResult, ScoutState } from '../fs/facts.ts';
import { createIgnore } from '../fs/ignore.ts';
import { factAt } from '../fs/lstat.ts';
import { openTree, type Tree } from '../fs/tree.ts';
import { codeOf, describeUnreadable, NAMED } from '../fs/unreadable.ts';
import { walk } from '../fs/walk.ts';
import { createHints } from './hints.ts';
import { createWatcher } from './watch.ts';

/** Unreadable paths remembered between two passes. */
const MAX_UNREADABLE = 1000;

/** Observes one folder: by hints as they come, by passes on request. */
export interface FolderScout {
  /** Throws when it was not completed. */
  pass(digests: Digests, report: (report: DirectoryReport) => Promise<void>): Promise<PassResult>;
  /** Applies the quiet rule to these paths. */
  look(paths: BytePath[]): void;
  /** Reads pending kernel events, and checks that the folder's root is still the same directory. */
  poll(): void;
  /** Checks the root only; if it is another directory, everything must be observed again. */
  probe(): void;
  /** Examines what is quiet by now. When the folder's root is missing, a pass becomes necessary. */
  takeQuiet(): Findings | undefined;
  /** What waits for its quiet time. */
  waiting(): { count: number; first: BytePath[] };
  /** ms until something is quiet; undefined when nothing waits. */
  msToQuiet(): number | undefined;
  /** Whether a pass has become necessary since the last call. */
  overflowed(): boolean;
  state(): ScoutState;
  close(): void;
}

/** @param changed called when something has started to wait for its quiet time */
export function createFolderScout(
  folder: string,
  root: Root,
  patterns: string[],
  clock: Clock,
  changed: () => void,
): FolderScout {
  const { disk } = root;
  const closed = new AbortController();
  const ignore = createIgnore(patterns);
  /** By path: what could not be read since the last pass began. */
  const unreadable = new Map<BytePath, string>();
  let unreadableInPass = 0;
  let rootId: string | undefined;
  let lost = false;
  const overflow = () => {
    lost = true;
    changed();
  };
  const trouble = (path: BytePath, error: unknown) => {
    if (unreadable.size < MAX_UNREADABLE) unreadable.set(path, codeOf(error));
  };
  const hints = createHints(folder, root, ignore, {
    trouble,
    linked(path, { fd, name }, links) {
      if (!watcher.addLinked(path, fd, name, links, false)) overflow();
    },
  });
  const stir = (path: BytePath): boolean => {
    const kept = hints.stir(path, clock.monotonic());
    changed();
    return kept;
  };
  const watcher = createWatcher(
    {
      changed(path, newDirectory) {
        if (stir(path) && newDirectory && !ignore(parentOf(path), baseName(path))) enter([path]);
      },
      overflow,
    },
    disk,
    clock,
  );

  /** Watches new directories and everything below them, and marks what is already in them as changed. */
  function enter(dirs: BytePath[]): void {
    if (dirs.length === 0) return;
    let tree: Tree | undefined;
    try {
      tree = openTree(root);
      const open = [...dirs];
      for (let dir = open.pop(); dir !== undefined; dir = open.pop()) enterOne(tree, dir, open);
    } catch (error) {
      trouble('', error);
      overflow();
    } finally {
      tree?.close();
    }
  }

  /** Watches first, then reads: an entry created in between is seen by one of the two. */
  function enterOne(tree: Tree, dir: BytePath, open: BytePath[]): void {
    let fd: number | undefined;
    try {
      fd = tree.open(dir);
      if (fd === undefined || !watcher.add(dir, fd)) return;
      for (const names of disk.names(fd)) {
        for (const name of names) {
          if (ignore(dir, name)) continue;
          const path = joinPath(dir, name);
          if (!stir(path)) return;
          if (factAt(disk, { fd, name }, path)?.kind === 'dir') open.push(path);
        }
      }
    } catch (error) {
      trouble(dir, error);
    } finally {
      if (fd !== undefined) disk.close(fd);
    }
  }

  function lookQuiet(): Findings | undefined {
    const findings = hints.take(clock.monotonic());
    const dirs = findings?.facts.filter((fact) => fact.kind === 'dir') ?? [];
    enter(dirs.map((fact) => fact.path));
    // It may be a directory that was unreadable until now: only a pass finds what is missing in it.
    if (dirs.length > 0 && unreadableInPass + unreadable.size > 0) lost = true;
    return findings;
  }

  function probe(): void {
    if (rootId === undefined || rootId === idOf(root)) return;
    rootId = undefined;
    overflow();
  }

  return {
    async pass(digests, report) {
      unreadable.clear();
      rootId = idOf(root);
      watcher.mark();
      const result = await walk({
        ...root,
        folder,
        clock,
        ignore,
        patterns,
        digests,
        enter: watcher.add,
        linked: (path, fd, name, links) => void watcher.addLinked(path, fd, name, links, true),
        stir,
        report,
        signal: closed.signal,
      });
      unreadableInPass = result.unreadable.count;
      watcher.sweep();
      return result;
    },
    look: (paths) => void paths.forEach(stir),
    poll() {
      watcher.poll();
      probe();
    },
    probe,
    takeQuiet() {
      try {
        return lookQuiet();
      } catch (error) {
        trouble('', error);
        return undefined;
      }
    },
    waiting: hints.waiting,
    msToQuiet() {
      const next = hints.next();
      return next === undefined ? undefined : Math.max(0, next - clock.monotonic());
    },
    overflowed() {
      const before = lost;
      lost = false;
      return hints.overflowed() || before;
    },
    state() {
      const first = firstOf(unreadable, NAMED).map(([path, code]) => describeUnreadable(path, code));
      return { ...watcher.state(), unreadable: { count: unreadable.size, first } };
    },
    close() {
      closed.abort();
      watcher.close();
    },
  };
}

/** Identifies the root directory; undefined when it is missing. */
function idOf({ root, disk }: Root): string | undefined {
  try {
    const fd = disk.openRoot(root);
    try {
      return disk.identityOf(fd);
    } finally {
      disk.close(fd);
    }
  } catch {
    return undefined;
  }
}
