import type { Some } from '../../api/in-sync.ts';
import { displayPath } from '../../base/bytes.ts';
import { type Problem, problem } from '../../problems/problem.ts';
import type { PathRef } from '../store/path-ref.ts';

/** What was found on this disk and the database does not take: each such path waits alone, and its folder is not in sync. */
export interface RefusedPaths {
  note(ref: PathRef, reason: string): void;
  /** They are journaled by now, or gone. */
  clear(refs: PathRef[]): void;
  has(ref: PathRef): boolean;
  of(folder: string): Some;
  /** What is wrong with each; some of them when there are many. */
  problems(): Problem[];
}

const TOLD = 5;

export function createRefused(): RefusedPaths {
  const refused = new Map<string, { ref: PathRef; reason: string }>();
  const describe = ({ ref: { folder, path }, reason }: { ref: PathRef; reason: string }) =>
    problem('notJournaled', { path: `${folder}:${displayPath(path)}`, why: reason });
  return {
    note: (ref, reason) => void refused.set(ref.id, { ref, reason }),
    clear(refs) {
      if (refused.size > 0) for (const { id } of refs) refused.delete(id);
    },
    has: ({ id }) => refused.has(id),
    of(folder) {
      if (refused.size === 0) return { count: 0, first: [] };
      const paths = [...refused.values()].flatMap(({ ref }) => (ref.folder === folder ? [ref.path] : []));
      return { count: paths.length, first: paths.slice(0, TOLD).map((path) => `"${displayPath(path)}"`) };
    },
    problems: () => [...refused.values()].slice(0, TOLD).map(describe),
  };
}
