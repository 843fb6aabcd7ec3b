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
  /** Something was seen that is not journaled yet, or what a folder holds is not known. */
  busy: boolean;
  problems: Problem[];
}

/** What is known of one folder's tree at this moment. */
export interface FolderView {
  /** Whether its thread has answered just now; what is said here may be old otherwise. */
  current: boolean;
  /** Whether a pass under the rules of today has seen all of it. */
  passed: boolean;
  /** The next pass is late by more than passes take. */
  overdue: boolean;
  /** Why the last pass failed. */
  error?: Problem;
  /** Announced by the kernel, or by ourselves, and not looked at yet. */
  waiting: Waiting;
  /** Large files that are being read. */
  reading: Waiting;
  /** Batches of what was seen that are being worked off. */
  handling: number;
  /** Passes that have to find what was lost. */
  owed: number;
  /** Why some changes are found by scans only. */
  degraded?: Problem;
  unreadable: Unreadable;
}

/** What the detector keeps of one folder. Times are of the monotonic clock. */
export interface FolderState {
  thread: DetectThread;
  /** Which of its rules are valid: what an earlier pass saw does not count. */
  rules: number;
  watch: ScoutState;
  waiting: Waiting;
  handling: number;
  owed: number;
  /** `at`: Unix ms, for people. */
  last?: PassResult & { at: number };
  error?: Problem;
  /** The pass that runs, and the one that was asked for meanwhile: a queue of size 1. */
  running: Promise<void> | undefined;
  queued: Promise<void> | undefined;
  due: number;
  /** Passes in a row that found something unreadable. */
  unreadTimes: number;
}

/** A pass that is due begins within a second or so, and takes about as long as the one before. */
const GRACE_MS = 10_000;

/** Told at most. */
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

/** Whether something was seen of it that is not worked off. */
export const isBusy = ({ handling, waiting, owed }: FolderState): boolean =>
  handling > 0 || waiting.count > 0 || owed > 0;

/** Whether no pass has seen the whole of it, or the last one failed. */
const isUnknown = ({ error, last }: FolderState) => error !== undefined || last === undefined;

const unreadableOf = ({ last, watch }: FolderState) =>
  allUnreadable([last?.unreadable ?? NOTHING_UNREADABLE, watch.unreadable]);

/** Pure but for what the thread says of itself. @param now of the monotonic clock, ms */
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
 * All folders as one, for people. Pure.
 * @param isWorking whether something that was seen is still worked on
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
