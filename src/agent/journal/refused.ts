import { displayPath } from '../../base/bytes.ts';
import type { PathRef } from './path-ref.ts';

/** What was found on this disk and the database does not take: each such path waits alone, and this site is not in sync. */
export interface RefusedPaths {
  note(ref: PathRef, reason: string): void;
  /** They are journaled by now, or gone. */
  clear(refs: PathRef[]): void;
  has(ref: PathRef): boolean;
  count(): number;
  /** In words, with the remedy; some of them when there are many. */
  words(): string[];
}

const TOLD = 5;

export function createRefused(): RefusedPaths {
  const refused = new Map<string, string>();
  return {
    note({ id, folder, path }, reason) {
      const name = `${folder}:${displayPath(path)}`;
      refused.set(id, `${name} cannot be journaled (${reason}): rename it or change its times; all else goes on`);
    },
    clear(refs) {
      if (refused.size > 0) for (const { id } of refs) refused.delete(id);
    },
    has: ({ id }) => refused.has(id),
    count: () => refused.size,
    words: () => [...refused.values()].slice(0, TOLD),
  };
}
