import type { BytePath } from '../../base/bytes.ts';
import { firstOf } from '../../base/first-of.ts';
import type { At } from '../fs/at.ts';
import type { Root } from '../fs/disk.ts';
import type { Findings } from '../fs/facts.ts';
import { type Ignore, ignoresPath } from '../fs/ignore.ts';
import { factAt } from '../fs/lstat.ts';
import { openTree } from '../fs/tree.ts';
import { MIN_QUIET_MS, quietAt, type Stir } from './quiet.ts';

/** Maximum number of remembered paths; a pass finds the others. */
const MAX_STIRS = 100_000;
/** Paths examined per batch. */
const BATCH = 1000;
/** Maximum number of pending paths in messages. */
const NAMED = 3;

/** The changed paths of one folder according to the kernel, until they are quiet. */
export interface Hints {
  /** False when there is no room for the path: a pass will have to find it. */
  stir(path: BytePath, now: number): boolean;
  /** Examines the paths that are quiet by now, at most one batch. Throws when the folder's root is missing. */
  take(now: number): Findings | undefined;
  /** How many paths wait, and some of them. */
  waiting(): { count: number; first: BytePath[] };
  /** When the next path becomes quiet, ms; undefined when none waits. */
  next(): number | undefined;
  /** Whether paths were dropped or could not be read since the last call: a pass is needed. */
  overflowed(): boolean;
}

export interface HintHandlers {
  /** A path could not be read. */
  trouble(path: BytePath, error: unknown): void;
  /** A file has several names. */
  linked(path: BytePath, at: At, links: number): void;
}

export function createHints(folder: string, root: Root, ignore: Ignore, handlers: HintHandlers): Hints {
  /** In the order of their last event. */
  const stirs = new Map<BytePath, Stir>();
  let dropped = false;

  function takeQuiet(now: number): BytePath[] {
    const ready: BytePath[] = [];
    for (const [path, stir] of stirs) {
      if (ready.length === BATCH || stir.last + MIN_QUIET_MS > now) break;
      if (quietAt(stir) <= now) ready.push(path);
    }
    for (const path of ready) stirs.delete(path);
    return ready;
  }

  function look(paths: BytePath[]): Findings {
    const findings: Findings = { folder, facts: [], gone: [] };
    const tree = openTree(root);
    try {
      for (const path of paths) {
        try {
          const at = tree.entry(path);
          const fact = at && factAt(root.disk, at, path);
          if (fact) findings.facts.push(fact);
          else findings.gone.push(path);
          if (!at || fact?.kind !== 'file') continue;
          const { links } = root.disk.lastStat();
          if (links > 1) handlers.linked(path, at, links);
        } catch (error) {
          handlers.trouble(path, error);
        }
      }
    } finally {
      tree.close();
    }
    return findings;
  }

  return {
    stir(path, now) {
      if (path === '' || ignoresPath(ignore, path)) return true;
      const known = stirs.get(path);
      if (!known && stirs.size >= MAX_STIRS) {
        dropped = true;
        return false;
      }
      stirs.delete(path);
      stirs.set(path, { first: known?.first ?? now, last: now });
      return true;
    },
    take(now) {
      const ready = takeQuiet(now);
      if (ready.length === 0) return undefined;
      try {
        return { ...look(ready), ...(stirs.size > 0 && { more: true }) };
      } catch (error) {
        dropped = true;
        throw error;
      }
    },
    waiting: () => ({ count: stirs.size, first: firstOf(stirs.keys(), NAMED) }),
    next() {
      let soonest: number | undefined;
      for (const stir of stirs.values()) {
        if (soonest !== undefined && stir.last + MIN_QUIET_MS >= soonest) break;
        soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, quietAt(stir));
      }
      return soonest;
    },
    overflowed() {
      const before = dropped;
      dropped = false;
      return before;
    },
  };
}
