import { Worker } from 'node:worker_threads';
import type { BytePath } from '../../base/bytes.ts';
import { delay } from '../../base/delay.ts';
import type { Digests } from './digests.ts';
import type { DirectoryReport, Findings } from './facts.ts';
import { type DetectState, type FolderState, freshState, isBusy, stateOf } from './folder-state.ts';
import type { FromWorker, Settling, ToWorker } from './protocol.ts';

/** What the detector does with what it finds. Each call is awaited before the next. */
export interface DetectorHandlers {
  /** By hints: entries that were looked at. */
  findings(findings: Findings): Promise<void>;
  /** By a pass: directories that differ from the last agreed one. */
  reports(folder: string, reports: DirectoryReport[]): Promise<void>;
  /** Digests of the last agreed pass over a folder. */
  digests(folder: string): Promise<Digests>;
  /** Before and after each pass; throws when the folder's disk is not there. */
  check(folder: string): void;
  /** A pass has seen the whole tree, and everything it reported was worked off. */
  passed(folder: string): Promise<void>;
  trouble(folder: string, error: Error): void;
  /** Whether findings are still being worked on elsewhere. */
  working(): boolean;
  /** Whether large files are being read: what they are is not known yet. Absent: never. */
  reading?(): boolean;
}

export interface Detector {
  /** Starts watching a folder, with a pass; again when its patterns changed. */
  open(folder: string, root: string, ignore: string[]): void;
  has(folder: string): boolean;
  close(folder: string): void;
  look(folder: string, paths: BytePath[]): void;
  settle(folder: string, paths: BytePath[], inlineMax: number): Promise<Settling[]>;
  /** Resolves when a pass over the folder that began after this call has ended, well or not: see `state().errors`. */
  requestPass(folder: string): Promise<void>;
  /**
   * Resolves when a pass over every folder that began after this call has ended and nothing that was seen waits. A
   * folder of which the pass failed stays `busy` in {@link state}.
   */
  settled(): Promise<void>;
  state(): DetectState;
  /**
   * How much of a folder is still to be looked at: `passing` while a pass over it runs; `calm` when nothing that was
   * announced waits. Of large files that are being read it is not known yet what they are.
   */
  pace(folder: string): 'passing' | 'busy' | 'reading' | 'calm';
  stop(): Promise<void>;
}

/** Between the ends of two passes over a folder. */
const PERIOD_MS = 60_000;
/** Where hints are missing, passes come more often. */
const DEGRADED_PERIOD_MS = 10_000;
/** With a pass of 3 s every 5 minutes, passing costs 1 % of a core. */
const PERIOD_FACTOR = 100;
const RETRY_MS = 5000;
/** After findings could not be worked off, as when the database restarts. */
const LOST_MS = 1000;

/** The thread's garbage is short-lived, and half of a thread's memory otherwise. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** @param periodMs between two passes, at least; passes that take long come less often */
export function createDetector(handlers: DetectorHandlers, signal: AbortSignal, periodMs = PERIOD_MS): Detector {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits: LIMITS });
  const folders = new Map<string, FolderState>();
  const answers = new Map<number, (message: FromWorker) => void>();
  let ids = 0;
  const send = (message: ToWorker) => worker.postMessage(message);

  function ask<T extends 'passed' | 'settled'>(
    message: Extract<ToWorker, { id: number }>,
  ): Promise<Extract<FromWorker, { tell: T }>> {
    return new Promise((resolve) => {
      answers.set(message.id, (answer) => resolve(answer as Extract<FromWorker, { tell: T }>));
      send(message);
    });
  }

  worker.on('message', (message: FromWorker) => {
    if (message.tell === 'state') {
      const folder = folders.get(message.folder);
      if (folder) Object.assign(folder, { watch: message.state, waiting: message.waiting > 0 });
      if (folder && message.overflowed) void owePass(message.folder, folder, 0);
    } else if (message.tell === 'findings') {
      void handle(message.findings.folder, () => handlers.findings(message.findings));
    } else if (message.tell === 'report') {
      void handle(message.folder, () => handlers.reports(message.folder, message.reports));
    } else {
      answers.get(message.id)?.(message);
      answers.delete(message.id);
    }
  });
  // Without its thread an agent is blind: it ends, and whoever runs it starts it anew.
  worker.on('error', (error) => {
    throw error;
  });

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
      send({ ask: 'next' });
    }
  }

  /** What hints have lost, or was not worked off, a pass finds; until then the folder is busy. */
  async function owePass(name: string, state: FolderState, afterMs: number): Promise<void> {
    state.owed++;
    if (afterMs > 0) await delay(afterMs, signal);
    if (!signal.aborted) await requestPass(name);
    state.owed--;
  }

  async function passOnce(name: string, state: FolderState): Promise<void> {
    try {
      handlers.check(name);
      const { result } = await ask<'passed'>({
        ask: 'pass',
        id: ++ids,
        folder: name,
        digests: await handlers.digests(name),
      });
      if ('error' in result) throw new Error(result.error);
      handlers.check(name);
      await handlers.passed(name);
      state.last = { ...result, at: Date.now() };
      delete state.error;
      const period = state.watch.degraded ? Math.min(periodMs, DEGRADED_PERIOD_MS) : periodMs;
      state.due = Date.now() + Math.max(period, result.ms * PERIOD_FACTOR);
    } catch (error) {
      state.error = (error as Error).message;
      state.due = Date.now() + Math.min(periodMs, RETRY_MS);
      handlers.trouble(name, error as Error);
    }
  }

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
      await delay(Math.min(1000, periodMs), signal);
      for (const [name, state] of folders) if (Date.now() >= state.due && !state.running) void requestPass(name);
    }
  }
  void passWhenDue();

  return {
    open(folder, root, ignore) {
      if (!folders.has(folder)) folders.set(folder, freshState());
      send({ ask: 'open', folder, root, ignore });
      void requestPass(folder);
    },
    has: (folder) => folders.has(folder),
    close(folder) {
      folders.delete(folder);
      send({ ask: 'close', folder });
    },
    look(folder, paths) {
      const state = folders.get(folder);
      if (state) state.waiting = true;
      send({ ask: 'look', folder, paths });
    },
    async settle(folder, paths, inlineMax) {
      return (await ask<'settled'>({ ask: 'settle', id: ++ids, folder, paths, inlineMax })).results;
    },
    requestPass,
    async settled() {
      await Promise.all([...folders.keys()].map(requestPass));
      while (isWorking() && !signal.aborted) await delay(10, signal);
    },
    state: () => stateOf([...folders.values()], isWorking()),
    pace(folder) {
      const state = folders.get(folder);
      if (!state || state.running) return 'passing';
      if (isBusy(state)) return 'busy';
      return handlers.reading?.() ? 'reading' : 'calm';
    },
    async stop() {
      await worker.terminate();
    },
  };
}
