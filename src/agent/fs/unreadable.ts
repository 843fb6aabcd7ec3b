import { type BytePath, displayPath } from '../../base/bytes.ts';
import { firstOf } from '../../base/first-of.ts';

/** What cannot be read of a folder now: of how many paths, and the first of them in words, with cause and remedy. */
export interface Unreadable {
  count: number;
  first: string[];
}

export const NOTHING_UNREADABLE: Unreadable = { count: 0, first: [] };

/** Paths named; the others are counted. */
export const NAMED = 10;

const REMEDIES: Record<string, string> = {
  EACCES: 'the service may not read it: give its user the permission',
  EPERM: 'the service may not read it: give its user the permission',
  EIO: 'the disk reports an error: check the disk',
  ESTALE: 'its server has forgotten it: mount that filesystem again',
  ENOTCONN: 'what serves its filesystem has ended: mount that filesystem again',
};

/** Pure. */
export function describeUnreadable(path: BytePath, code: string): string {
  const name = `"${displayPath(path) || '.'}"`;
  if (code === 'EMOUNTED')
    return `${name}: another filesystem is mounted here, which is not synced: make it a folder of its own`;
  const remedy = REMEDIES[code];
  return `${name}: ${code}${remedy ? `: ${remedy}` : ''}`;
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
