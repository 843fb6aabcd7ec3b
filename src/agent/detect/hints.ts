import type { BytePath } from '../../base/bytes.ts';
import type { FileFact, Findings } from './facts.ts';
import type { Ignore } from './ignore.ts';
import { factOf } from './lstat.ts';
import { quietAt, type Stir } from './quiet.ts';

/** Paths remembered at most; beyond that a pass finds them. */
const MAX_STIRS = 100_000;
/** Paths looked at in one go. */
const BATCH = 1000;

/** The paths of one folder of which the kernel said that something happened, until they are quiet. */
export interface Hints {
  stir(path: BytePath, now: number): void;
  /** Looks at the paths that are quiet by now, at most one batch. Directories that are there are returned to be walked. */
  take(now: number): { findings: Findings; directories: BytePath[] } | undefined;
  /** When the next path becomes quiet, ms; undefined when none waits. */
  next(): number | undefined;
  size(): number;
  /** Whether paths had to be dropped since the last call: a pass is needed. */
  overflowed(): boolean;
}

export function createHints(folder: string, root: string, ignore: Ignore): Hints {
  const stirs = new Map<BytePath, Stir>();
  let dropped = false;

  return {
    stir(path, now) {
      if (path === '' || ignore(path)) return;
      const known = stirs.get(path);
      if (known) known.last = now;
      else if (stirs.size < MAX_STIRS) stirs.set(path, { first: now, last: now });
      else dropped = true;
    },
    take(now) {
      const ready: BytePath[] = [];
      for (const [path, stir] of stirs) {
        if (ready.length === BATCH) break;
        if (quietAt(stir) <= now) ready.push(path);
      }
      if (ready.length === 0) return undefined;
      const facts: FileFact[] = [];
      const gone: BytePath[] = [];
      for (const path of ready) {
        stirs.delete(path);
        const fact = factOf(root, path);
        if (fact) facts.push(fact);
        else gone.push(path);
      }
      return { findings: { folder, facts, gone }, directories: facts.filter((fact) => fact.kind === 'dir').map((fact) => fact.path) };
    },
    next() {
      let soonest: number | undefined;
      for (const stir of stirs.values()) {
        const at = quietAt(stir);
        if (soonest === undefined || at < soonest) soonest = at;
      }
      return soonest;
    },
    size: () => stirs.size,
    overflowed() {
      const before = dropped;
      dropped = false;
      return before;
    },
  };
}

