import { type BytePath, displayPath } from '../../base/bytes.ts';
import { firstOf } from '../../base/first-of.ts';
import { type Problem, problem } from '../../problems/problem.ts';

/** What cannot be read of a folder now: how many paths, and what is wrong with the first of them. */
export interface Unreadable {
  count: number;
  first: Problem[];
}

export const NOTHING_UNREADABLE: Unreadable = { count: 0, first: [] };

/** Paths named; the others are counted. */
export const NAMED = 10;

/** By code of the kernel; EMOUNTED is ours. */
const CODES: Record<string, 'noPermission' | 'diskError' | 'staleHandle' | 'mountEnded' | 'mountedInside'> = {
  EACCES: 'noPermission',
  EPERM: 'noPermission',
  EIO: 'diskError',
  ESTALE: 'staleHandle',
  ENOTCONN: 'mountEnded',
  EMOUNTED: 'mountedInside',
};

/** Why a path cannot be read. Pure. */
export function describeUnreadable(path: BytePath, error: string): Problem {
  const shown = displayPath(path) || '.';
  const code = CODES[error];
  return code ? problem(code, { path: shown }) : problem('unreadable', { path: shown, why: error });
}

/** The code of an error of node:fs, else its message. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** The sum of several. Pure. */
export function allUnreadable(parts: Unreadable[]): Unreadable {
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    first: parts.flatMap(({ first }) => first).slice(0, NAMED),
  };
}

/** Remembers which paths of the folders could not be read until they can. */
export interface UnreadableFiles {
  note(folder: string, path: BytePath, error: unknown): void;
  /** These paths were read, or are gone. */
  clear(folder: string, paths: Iterable<BytePath>): void;
  of(folder: string): Unreadable;
}

/** Remembered of one folder at most: a disk that fails would fill the memory. */
const MAX_PATHS = 10_000;

export function createUnreadableFiles(): UnreadableFiles {
  const folders = new Map<string, Map<BytePath, string>>();
  return {
    note(folder, path, error) {
      const paths = folders.get(folder) ?? new Map<BytePath, string>();
      folders.set(folder, paths);
      if (paths.size < MAX_PATHS || paths.has(path)) paths.set(path, codeOf(error));
    },
    clear(folder, paths) {
      const known = folders.get(folder);
      if (!known?.size) return;
      for (const path of paths) known.delete(path);
    },
    of(folder) {
      const paths = folders.get(folder);
      if (!paths?.size) return NOTHING_UNREADABLE;
      const first = firstOf(paths, NAMED);
      return { count: paths.size, first: first.map(([path, code]) => describeUnreadable(path, code)) };
    },
  };
}
