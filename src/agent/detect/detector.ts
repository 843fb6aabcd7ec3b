import type { BytePath } from '../../base/bytes.ts';
import { type Clock, realClock } from '../../base/clock.ts';
import { delay } from '../../base/delay.ts';
import type { Settling } from '../fs/facts.ts';
import type { DetectorHandlers } from './detector-handlers.ts';
import {
  type DetectState,
  type FolderState,
  type FolderView,
  freshState,
  isBusy,
  stateOf,
  viewOf,
} from './folder-state.ts';
import { createPasses, PERIOD_MS } from './passes.ts';
import type { FromWorker } from './protocol.ts';
import { type DetectThread, type Spawn, spawnWorker, startThread } from './thread.ts';

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
  const nextId = () => ++ids;
  const passes = createPasses({ folders, handlers, nextId, signal, periodMs, clock });

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
      if (folder && message.overflowed) void passes.owe(message.folder, folder, 'overflow');
    } else if (message.tell === 'findings') {
      void handle(message.findings.folder, () => handlers.findings(message.findings));
    } else if (message.tell === 'report') {
      void handle(message.folder, () => handlers.reports(message.folder, message.reports));
    }
  }

  async function handle(folder: string, work: () => Promise<void>): Promise<void> {
    const state = folders.get(folder);
    if (state) state.handling++;
    try {
      await work();
    } catch (error) {
      handlers.trouble(folder, error as Error);
      if (state) void passes.owe(folder, state, 'failure');
    } finally {
      if (state) state.handling--;
      state?.thread.send({ ask: 'next' });
    }
  }

  const isWorking = () => handlers.working() || [...folders.values()].some(isBusy);

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
      void passes.request(folder);
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
      return (await state.thread.ask<'settled'>({ ask: 'settle', id: nextId(), folder, paths, inlineMax })).results;
    },
    requestPass: passes.request,
    async settled() {
      await Promise.all([...folders.keys()].map(passes.request));
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
