import type { BigIntStats } from 'node:fs';
import { MODE_MASK } from '../fs/modes.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Intent } from '../store/intent.ts';
import { isAsIndexed, isContentOf } from './place.ts';

/**
 * How far an intent had got when the agent stopped.
 * - `not-begun`: the tree is as before, or as somebody changed it since; new content may be in staging.
 * - `half-metadata`: only some of the times and mode are set.
 * - `take-back`: what was caught in staging is not what the index knows: somebody changed it at the last moment.
 * - `keep-aside`: the same, and the path has been changed again since.
 * - `done`: the path was changed; its previous content is in staging, in its place, or need not be kept.
 */
export type Conclusion = 'not-begun' | 'half-metadata' | 'take-back' | 'keep-aside' | 'done';

/** What is on the disk. */
export interface Evidence {
  /** The index entry of the path: what was there before. */
  index: IndexEntry | undefined;
  /** What is at the path now. */
  path: BigIntStats | undefined;
  /** What is at the intent's name in staging. */
  staged: BigIntStats | undefined;
  /** What was replaced is in the archive, or beside it. */
  isKept: boolean;
}

/**
 * Pure. New content leaves its name in staging in the very step that places it; for a deletion, what is at that name was
 * taken away. If both are missing, what is at the path decides, and when in doubt nothing counts as done: then the head is
 * applied again, and the path is compared with the version in the index.
 */
export function conclude({ head, ino }: Pick<Intent, 'head' | 'ino'>, evidence: Evidence): Conclusion {
  const { index, path, staged, isKept } = evidence;
  if (staged && staged.ino === ino) return 'not-begun';
  if (staged) {
    if (index && !staged.isDirectory() && isContentOf(staged, index)) return 'done';
    return isUntouched({ head, ino }, path) ? 'take-back' : 'keep-aside';
  }
  if (ino !== undefined && path?.ino === ino) return 'done';
  if (path && index && !path.isDirectory() && isAsIndexed(path, index)) return 'not-begun';
  if (ino !== undefined) return isKept ? 'done' : 'not-begun';
  if (head.kind === 'deleted') return path === undefined || isKept ? 'done' : 'not-begun';
  return path && index && isHalf(path, index, head) ? 'half-metadata' : 'not-begun';
}

/** Whether the path is exactly as the intent left it. */
export function isUntouched({ head, ino }: Pick<Intent, 'head' | 'ino'>, path: BigIntStats | undefined): boolean {
  if (ino === undefined || path === undefined) return path === undefined && ino === undefined;
  if (path.ino !== ino) return false;
  return path.isDirectory() || (path.size === BigInt(sizeOf(head)) && path.mtimeNs === head.mtimeNs);
}

/** The size of a symlink on disk is that of its target. */
function sizeOf({ kind, size, target }: Intent['head']): number {
  return kind === 'symlink' ? (target ?? '').length : size;
}

function isHalf(path: BigIntStats, index: IndexEntry, head: Intent['head']): boolean {
  const mode = Number(path.mode) & MODE_MASK;
  const hasMode = mode === index.mode || mode === head.mode;
  if (path.isDirectory()) return index.kind === 'dir' && hasMode;
  const hasTime = path.mtimeNs === index.mtimeNs || path.mtimeNs === head.mtimeNs;
  return path.ino === index.ino && path.size === BigInt(index.size) && hasMode && hasTime;
}
