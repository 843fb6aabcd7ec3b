import type { Logger } from 'pino';
import { writeIfChanged } from '../../base/files.ts';
import type { LinkState } from '../../base/site-dir.ts';
import { type Problem, sentenceOf } from '../../problems/problem.ts';

/** The states of all dialled links, in a file for other processes. */
export interface Board {
  set(peer: string, state: LinkState['state'], problem: Problem | undefined): void;
  remove(peer: string): void;
}

/** Writes the states to `path`, and calls `onChange` whenever they change. */
export function createBoard(
  path: string,
  log: Logger,
  now: () => number,
  onChange: (states: LinkState[]) => void,
): Board {
  const states = new Map<string, LinkState>();

  function publish() {
    const all = [...states.values()];
    try {
      writeIfChanged(path, `${JSON.stringify(all)}\n`);
    } catch (error) {
      log.error({ error, path }, 'the state of the links cannot be written'); // A full disk must not interrupt the link.
    }
    onChange(all);
  }

  return {
    set(peer, state, problem) {
      const before = states.get(peer);
      if (before && before.state === state && JSON.stringify(before.problem) === JSON.stringify(problem)) return;
      const since = before?.state === state ? before.since : now();
      states.set(peer, { peer, state, since, ...(problem && { problem, error: sentenceOf(problem, 'this site') }) });
      publish();
    },
    remove(peer) {
      if (states.delete(peer)) publish();
    },
  };
}
