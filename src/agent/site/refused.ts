import type { Some } from '../../api/in-sync.ts';
import { displayPath } from '../../base/bytes.ts';
import { type Problem, problem } from '../../problems/problem.ts';
import type { PathRef } from '../store/path-ref.ts';

/** Observed paths that the database does not accept. Each waits by itself, and its folder is not in sync. */
export interface RefusedPaths {
  note(ref: PathRef, reason: string): void;
  /** They have been journaled, or are gone. */
  clear(refs: PathRef[]): void;
  has(ref: PathRef): boolean;
  of(folder: string): Some;
  /** Why the first of them are refused. */
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
