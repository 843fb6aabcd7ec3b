import { backoffMs } from '../../base/backoff.ts';
import type { BytePath } from '../../base/bytes.ts';
import { type Clock, realClock } from '../../base/clock.ts';
import { delay } from '../../base/delay.ts';
import { problem, problemOf } from '../../problems/problem.ts';
import type { Digests } from '../fs/digests.ts';
import type { DirectoryReport, Findings, Settling, Waiting } from '../fs/facts.ts';
import {
  type DetectState,
  type FolderState,
  type FolderView,
  freshState,
  isBusy,
  stateOf,
  viewOf,
} from './folder-state.ts';
import type { FromWorker } from './protocol.ts';
import { type DetectThread, type Spawn, spawnWorker, startThread } from './thread.ts';

/** What the detector reports to. Each call is awaited before the next. */
export interface DetectorHandlers {
  /** Entries that were observed because of hints. */
  findings(findings: Findings): Promise<void>;
  /** Directories in which a pass found differences. */
  reports(folder: string, reports: DirectoryReport[]): Promise<void>;
  /** Digests of the directories that equalled the index. */
  digests(folder: string): Promise<Digests>;
  /**
   * Called before and after each pass. Throws when the folder's disk is not there. Returns what identifies the open
   * folder: another value when it was reopened meanwhile.
   */
  check(folder: string): unknown;
  /** A pass has seen the whole tree, and everything it reported was processed. */
  passed(folder: string): Promise<void>;
  trouble(folder: string, error: Error): void;
  /** Whether findings are still being processed elsewhere. */
  working(): boolean;
  /** Large files of a folder whose content is being read. Absent: none. */
  reading?(folder: string): Waiting;
  /** How many files of a folder could not be read. Absent: none. */
  unreadable?(folder: string): number;
  /** The disk of these folders no longer responds, or responds again. */
  stalled?(folders: string[], is: boolean): void;
}

export interface Detector {
  /**
   * Starts watching a folder, beginning with a pass. Called again when its ignore patterns change.
   * @param disk folders on the same disk share a thread
   */
  open(folder: string, root: string, ignore: string[], disk: string): void;
  has(folder: string): boolean;
  close(folder: string): void;
  look(folder: string, paths: BytePath[]): void;
  settle(folder: string, paths: BytePath[], inlineMax: number): Promise<Settling[]>;
  /** Resolves when a pass that began after this call has ended, successfully or not: see `state().problems`. */
  requestPass(folder: string): Promise<void>;
  /**
   * Resolves when a pass over every folder that began after this call has ended and nothing observed is pending. A
   * folder whose pass failed stays `busy` in {@link state}.
   */
  settled(): Promise<void>;
  /**
   * Updates what is known to the moment of the call, unless a disk takes too long to respond: see {@link FolderView}.
   */
  refresh(): Promise<void>;
  state(): DetectState;
  /**
   * Resolves to true once the folder's disk has responded since the call: only then may this thread touch it. To false
   * when it does not respond.
   */
  answers(folder: string): Promise<boolean>;
  views(): Map<string, FolderView>;
  /**
   * How much of a folder is left to observe: `passing` while a pass runs; `reading` while large files are read, so that
   * it is unknown what they are; `calm` when nothing announced is pending.
   */
  pace(folder: string): 'passing' | 'busy' | 'reading' | 'calm';
  stop(): Promise<void>;
}

/** From the end of one pass to the end of the next. */
const PERIOD_MS = 60_000;
/** The same while hints are incomplete. */
const DEGRADED_PERIOD_MS = 10_000;
/** Passes take at most 1 % of a core: one of 3 s runs every 5 minutes. */
const PERIOD_FACTOR = 100;
const RETRY_MS = 5000;
/** Delay after findings could not be processed, as when the database restarts. */
const LOST_MS = 1000;
/** Nobody waits longer than this for a disk. */
const REFRESH_MS = 1000;

export interface DetectorOptions {
  /** Minimum time between two passes. */
  periodMs?: number;
  clock?: Clock;
  spawn?: Spawn;
}

export function createDetector(
  handlers: DetectorHandlers,
  signal: AbortSignal,
  { periodMs = PERIOD_MS, clock = realClock, spawn = spawnWorker }: DetectorOptions = {},
): Detector {
  const threads = new Map<string, DetectThread>();
  const folders = new Map<string, FolderState>();
  let ids = 0;

  function threadOf(disk: string): DetectThread {
    const known = threads.get(disk);
    if (known) return known;
    const stalled = (is: boolean) => {
      const names = [...folders].filter(([, state]) => state.thread === thread).map(([name]) => name);
      handlers.stalled?.(names, is);
    };
    const thread: DetectThread = startThread({ message, stalled }, spawn, clock);
    threads.set(disk, thread);
    return thread;
  }

  function message(message: FromWorker): void {
    if (message.tell === 'state') {
      const folder = folders.get(message.folder);
      if (folder) Object.assign(folder, { watch: message.state, waiting: message.waiting });
      if (folder && message.overflowed) void owePass(message.folder, folder, lostMs(folder));
    } else if (message.tell === 'findings') {
      void handle(message.findings.folder, () => handlers.findings(message.findings));
    } else if (message.tell === 'report') {
      void handle(message.folder, () => handlers.reports(message.folder, message.reports));
    }
  }

  /** A queue that keeps overflowing must not keep a large tree in passes. */
  const lostMs = ({ last }: FolderState) => Math.min(periodMs, 10 * (last?.ms ?? 0));

  async function handle(folder: string, work: () => Promise<void>): Promise<void> {
    const state = folders.get(folder);
    if (state) state.handling++;
    try {
      await work();
    } catch (error) {
      handlers.trouble(folder, error as Error);
      if (state) void owePass(folder, state, LOST_MS);
    } finally {
      if (state) state.handling--;
      state?.thread.send({ ask: 'next' });
    }
  }

  /** A pass finds what hints lost, or what was not processed; until then the folder is busy. */
  async function owePass(name: string, state: FolderState, afterMs: number): Promise<void> {
    state.owed++;
    if (afterMs > 0) await delay(afterMs, signal, clock);
    if (!signal.aborted) await requestPass(name);
    state.owed--;
  }

  async function passOnce(name: string, state: FolderState): Promise<void> {
    const { rules, thread } = state;
    try {
      // This thread touches the disk itself, so only if it responds.
      await thread.probe();
      const opened = handlers.check(name);
      const digests = await handlers.digests(name);
      const { result } = await thread.ask<'passed'>({ ask: 'pass', id: ++ids, folder: name, digests });
      if ('error' in result) throw new Error(result.error);
      // If another tree was mounted there meanwhile, the pass has seen only a part of it.
      if (handlers.check(name) !== opened || state.rules !== rules) return;
      await handlers.passed(name);
      if (state.rules !== rules) return;
      state.last = { ...result, at: clock.now() };
      delete state.error;
      state.due = clock.monotonic() + periodOf(name, state, result.ms);
    } catch (error) {
      state.error = problemOf(error, (why) => problem('scanFailed', { folder: name, why }));
      state.due = clock.monotonic() + Math.min(periodMs, RETRY_MS);
      handlers.trouble(name, error as Error);
    }
  }

  /** The time from the end of a pass that took `ms` to the next one. */
  function periodOf(name: string, state: FolderState, ms: number): number {
    const usual = state.watch.degraded ? Math.min(periodMs, DEGRADED_PERIOD_MS) : periodMs;
    const period = Math.max(usual, ms * PERIOD_FACTOR);
    state.unreadTimes = isUnread(name, state) ? state.unreadTimes + 1 : 0;
    if (state.unreadTimes === 0) return period;
    // While something is unreadable, passes come more often.
    return Math.min(period, backoffMs(state.unreadTimes, RETRY_MS, clock.random()));
  }

  const isUnread = (name: string, { last, watch }: FolderState) =>
    (last?.unreadable.count ?? 0) + watch.unreadable.count + (handlers.unreadable?.(name) ?? 0) > 0;

  function requestPass(name: string): Promise<void> {
    const state = folders.get(name);
    if (!state) return Promise.resolve();
    if (!state.running) {
      state.running = passOnce(name, state).finally(() => {
        state.running = undefined;
      });
      return state.running;
    }
    state.queued ??= state.running.then(() => {
      state.queued = undefined;
      return requestPass(name);
    });
    return state.queued;
  }

  const isWorking = () => handlers.working() || [...folders.values()].some(isBusy);

  async function passWhenDue(): Promise<void> {
    while (!signal.aborted) {
      await delay(Math.min(1000, periodMs), signal, clock);
      const now = clock.monotonic();
      for (const [name, state] of folders) {
        // A new unreadable path is not left until the next regular pass.
        if (state.unreadTimes === 0 && isUnread(name, state)) {
          state.unreadTimes = 1;
          state.due = Math.min(state.due, now + RETRY_MS);
        }
        if (now >= state.due && !state.running && !state.thread.isStalled()) void requestPass(name);
      }
    }
  }
  void passWhenDue();

  return {
    open(folder, root, ignore, disk) {
      const thread = threadOf(disk);
      const known = folders.get(folder);
      const state = known?.thread === thread ? known : freshState(thread);
      if (state !== known) known?.thread.send({ ask: 'close', folder });
      folders.set(folder, state);
      state.rules++;
      delete state.last;
      state.thread.send({ ask: 'open', folder, root, ignore });
      void requestPass(folder);
    },
    has: (folder) => folders.has(folder),
    close(folder) {
      folders.get(folder)?.thread.send({ ask: 'close', folder });
      folders.delete(folder);
    },
    look(folder, paths) {
      const state = folders.get(folder);
      if (!state) return;
      const { count, first } = state.waiting;
      state.waiting = { count: count + paths.length, first: first.length > 0 ? first : paths.slice(0, 3) };
      state.thread.send({ ask: 'look', folder, paths });
    },
    async settle(folder, paths, inlineMax) {
      const state = folders.get(folder);
      if (!state) throw new Error(`the folder ${folder} is closed`);
      return (await state.thread.ask<'settled'>({ ask: 'settle', id: ++ids, folder, paths, inlineMax })).results;
    },
    requestPass,
    async settled() {
      await Promise.all([...folders.keys()].map(requestPass));
      while (isWorking() && !signal.aborted) await delay(10, signal, clock);
    },
    async refresh() {
      const polled = [...threads.values()].filter((thread) => !thread.isStalled()).map((thread) => thread.poll());
      const late = new AbortController();
      const all = Promise.allSettled(polled);
      await Promise.race([all, delay(REFRESH_MS, late.signal, clock)]);
      late.abort();
    },
    async answers(folder) {
      const thread = folders.get(folder)?.thread;
      // It has just been opened and has no thread yet.
      if (!thread) return true;
      return thread.probe().then(
        () => true,
        () => false,
      );
    },
    views() {
      const view = ([name, state]: [string, FolderState]) =>
        [name, viewOf(state, clock.monotonic(), handlers.reading?.(name))] as const;
      return new Map([...folders].map(view));
    },
    state: () => stateOf([...folders.values()], isWorking()),
    pace(folder) {
      const state = folders.get(folder);
      if (!state || state.running) return 'passing';
      if (isBusy(state)) return 'busy';
      return handlers.reading?.(folder).count ? 'reading' : 'calm';
    },
    async stop() {
      await Promise.all([...threads.values()].map((thread) => thread.stop()));
    },
  };
}
