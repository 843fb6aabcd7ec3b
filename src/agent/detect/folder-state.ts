import { isoOf } from '../../base/iso.ts';
import type { Problem } from '../../problems/problem.ts';
import type { PassResult, ScoutState, Waiting } from '../fs/facts.ts';
import { allUnreadable, NOTHING_UNREADABLE, type Unreadable } from '../fs/unreadable.ts';
import type { DetectThread } from './thread.ts';

export interface DetectState {
  watching: 'ok' | 'degraded';
  watchedDirectories: number;
  files: number;
  lastPassMs: number;
  lastPassAt: string | null;
  /** Something observed is not journaled yet, or the state of a folder is unknown. */
  busy: boolean;
  problems: Problem[];
}

/** What is known about one folder's tree at this moment. */
export interface FolderView {
  /** Whether its thread has just responded; otherwise the rest may be out of date. */
  current: boolean;
  /** Whether a pass under the current ignore rules has seen the whole tree. */
  passed: boolean;
  /** The next pass is overdue by more than a pass takes. */
  overdue: boolean;
  /** Why the last pass failed. */
  error?: Problem;
  /** Announced by the kernel, or by the agent itself, and not observed yet. */
  waiting: Waiting;
  /** Large files that are being read. */
  reading: Waiting;
  /** Batches of observations that are being processed. */
  handling: number;
  /** Passes needed to find what was lost. */
  owed: number;
  /** Why some changes are found by scans only. */
  degraded?: Problem;
  unreadable: Unreadable;
}

/** The detector's state of one folder. Times are monotonic. */
export interface FolderState {
  thread: DetectThread;
  /** Incremented when its ignore rules change: what an earlier pass saw does not count. */
  rules: number;
  watch: ScoutState;
  waiting: Waiting;
  handling: number;
  owed: number;
  /** `at`: Unix ms, for people. */
  last?: PassResult & { at: number };
  error?: Problem;
  /** The running pass and the one requested meanwhile: a queue of size 1. */
  running: Promise<void> | undefined;
  queued: Promise<void> | undefined;
  due: number;
  /** Consecutive passes that found something unreadable. */
  unreadTimes: number;
}

/** A due pass begins within about a second, and takes about as long as the previous one. */
const GRACE_MS = 10_000;

const MOST_PROBLEMS = 10;

const NOTHING_WAITS: Waiting = { count: 0, first: [] };

export const freshState = (thread: DetectThread): FolderState => ({
  thread,
  rules: 0,
  watch: { watched: 0, unreadable: NOTHING_UNREADABLE },
  waiting: NOTHING_WAITS,
  handling: 0,
  owed: 0,
  running: undefined,
  queued: undefined,
  due: Number.POSITIVE_INFINITY,
  unreadTimes: 0,
});

/** Whether something observed is not processed yet. */
export const isBusy = ({ handling, waiting, owed }: FolderState): boolean =>
  handling > 0 || waiting.count > 0 || owed > 0;

/** Whether no pass has seen the whole tree, or the last one failed. */
const isUnknown = ({ error, last }: FolderState) => error !== undefined || last === undefined;

const unreadableOf = ({ last, watch }: FolderState) =>
  allUnreadable([last?.unreadable ?? NOTHING_UNREADABLE, watch.unreadable]);

/**
 * Pure, except for the state of the thread.
 * @param now monotonic milliseconds
 */
export function viewOf(state: FolderState, now: number, reading = NOTHING_WAITS): FolderView {
  const { thread, last, error, waiting, handling, owed, watch, due } = state;
  return {
    current: thread.isCurrent(),
    passed: last !== undefined,
    overdue: now > due + GRACE_MS + 2 * (last?.ms ?? 0),
    reading,
    ...(error !== undefined && { error }),
    waiting,
    handling,
    owed,
    ...(watch.degraded && { degraded: watch.degraded }),
    unreadable: unreadableOf(state),
  };
}

/**
 * The state of all folders together. Pure.
 * @param isWorking whether observations are still being processed
 */
export function stateOf(all: FolderState[], isWorking: boolean): DetectState {
  const degraded = all.map((f) => f.watch.degraded).filter((reason) => reason !== undefined);
  const at = Math.max(0, ...all.map((f) => f.last?.at ?? 0));
  return {
    watching: degraded.length ? 'degraded' : 'ok',
    watchedDirectories: all.reduce((sum, f) => sum + f.watch.watched, 0),
    files: all.reduce((sum, f) => sum + (f.last?.files ?? 0), 0),
    lastPassMs: Math.round(Math.max(0, ...all.map((f) => f.last?.ms ?? 0))),
    lastPassAt: at === 0 ? null : isoOf(at),
    busy: isWorking || all.some(isUnknown),
    problems: [...degraded, ...all.flatMap(problemsOf)].slice(0, MOST_PROBLEMS),
  };
}

function problemsOf(state: FolderState): Problem[] {
  const { error } = state;
  return [...(error === undefined ? [] : [error]), ...unreadableOf(state).first];
}
