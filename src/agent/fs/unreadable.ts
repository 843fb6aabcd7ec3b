import { type BytePath, displayPath } from '../../base/bytes.ts';
import { firstOf } from '../../base/first-of.ts';
import { type Problem, problem } from '../../problems/problem.ts';

/** How many paths of a folder are unreadable, and why the first of them are. */
export interface Unreadable {
  count: number;
  first: Problem[];
}

export const NOTHING_UNREADABLE: Unreadable = { count: 0, first: [] };

/** Maximum number of paths described; the others are counted. */
export const NAMED = 10;

/** By error code of the kernel; EMOUNTED is our own. */
const CODES: Record<string, 'noPermission' | 'diskError' | 'staleHandle' | 'mountEnded' | 'mountedInside'> = {
  EACCES: 'noPermission',
  EPERM: 'noPermission',
  EIO: 'diskError',
  ESTALE: 'staleHandle',
  ENOTCONN: 'mountEnded',
  EMOUNTED: 'mountedInside',
};

/** Why a path is unreadable. Pure. */
export function describeUnreadable(path: BytePath, error: string): Problem {
  const shown = displayPath(path) || '.';
  const code = CODES[error];
  return code ? problem(code, { path: shown }) : problem('unreadable', { path: shown, why: error });
}

/** The code of an error, or its message. */
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

/** Remembers which paths of the folders are unreadable. */
export interface UnreadableFiles {
  note(folder: string, path: BytePath, error: unknown): void;
  /** These paths were read, or no longer exist. */
  clear(folder: string, paths: Iterable<BytePath>): void;
  of(folder: string): Unreadable;
}

/** Maximum number remembered per folder: on a failing disk there may be any number. */
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
