import { Worker } from 'node:worker_threads';
import type { BytePath } from '../../base/bytes.ts';
import { delay } from '../../base/delay.ts';
import type { DirectoryReport, Findings, PassResult, WatchState } from './facts.ts';
import type { FromWorker, Settling, ToWorker } from './protocol.ts';

/** What the detector does with what it finds. Each call is awaited before the next. */
export interface DetectorHandlers {
  /** By hints: entries that were looked at. */
  findings(findings: Findings): Promise<void>;
  /** By a pass: directories that differ from the last agreed one. */
  reports(folder: string, reports: DirectoryReport[]): Promise<void>;
  /** Digests of the last agreed pass over a folder. */
  digests(folder: string): Promise<Map<string, string>>;
  /** Before and after each pass; throws when the folder's disk is not there. */
  check(folder: string): void;
  trouble(folder: string, error: Error): void;
  /** Whether findings are still being worked on elsewhere. */
  working(): boolean;
}

export interface DetectState {
  watching: 'ok' | 'degraded';
  watchedDirectories: number;
  files: number;
  lastPassMs: number;
  lastPassAt: string | null;
  /** Something was seen that is not journaled yet. */
  busy: boolean;
  errors: string[];
}

export interface Detector {
  /** Starts watching a folder, with a pass. */
  open(folder: string, root: string, ignore: string[]): void;
  close(folder: string): void;
  look(folder: string, paths: BytePath[]): void;
  settle(folder: string, paths: BytePath[], inlineMax: number): Promise<Settling[]>;
  /** Resolves when a pass over every folder that began after this call is over and nothing that was seen waits. */
  settled(): Promise<void>;
  state(): DetectState;
  stop(): Promise<void>;
}

interface FolderState {
  watch: WatchState;
  waiting: boolean;
  last?: PassResult & { at: number };
  error?: string;
  /** The pass that runs, and the one that was asked for meanwhile: a queue of size 1. */
  running: Promise<void> | undefined;
  queued: Promise<void> | undefined;
  due: number;
}

const MIN_PERIOD_MS = 60_000;
/** With a pass of 3 s every 5 minutes, passing costs 1 % of a core. */
const PERIOD_FACTOR = 100;

export function createDetector(handlers: DetectorHandlers, signal: AbortSignal): Detector {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  const folders = new Map<string, FolderState>();
  const answers = new Map<number, (message: FromWorker) => void>();
  let ids = 0;
  let handling = 0;
  const send = (message: ToWorker) => worker.postMessage(message);

  function ask<T extends 'passed' | 'settled'>(message: Extract<ToWorker, { id: number }>): Promise<Extract<FromWorker, { tell: T }>> {
    return new Promise((resolve) => {
      answers.set(message.id, (answer) => resolve(answer as Extract<FromWorker, { tell: T }>));
      send(message);
    });
  }

  worker.on('message', (message: FromWorker) => {
    if (message.tell === 'state') {
      const folder = folders.get(message.folder);
      if (folder) Object.assign(folder, { watch: message.state, waiting: message.waiting > 0 });
      if (message.overflowed) void requestPass(message.folder);
    } else if (message.tell === 'findings') {
      void handle(message.findings.folder, () => handlers.findings(message.findings));
    } else if (message.tell === 'report') {
      void handle(message.folder, () => handlers.reports(message.folder, message.reports));
    } else {
      answers.get(message.id)?.(message);
      answers.delete(message.id);
    }
  });
  worker.on('error', (error) => {
    for (const name of folders.keys()) handlers.trouble(name, error);
  });

  async function handle(folder: string, work: () => Promise<void>): Promise<void> {
    handling++;
    try {
      await work();
    } catch (error) {
      handlers.trouble(folder, error as Error);
      // What was not worked off is found again by a pass.
      const state = folders.get(folder);
      if (state) state.due = Math.min(state.due, Date.now() + 1000);
    } finally {
      handling--;
      send({ ask: 'next' });
    }
  }

  async function passOnce(name: string, state: FolderState): Promise<void> {
    try {
      handlers.check(name);
      const { result } = await ask<'passed'>({ ask: 'pass', id: ++ids, folder: name, digests: await handlers.digests(name) });
      if ('error' in result) throw new Error(result.error);
      handlers.check(name);
      state.last = { ...result, at: Date.now() };
      delete state.error;
      state.due = Date.now() + Math.max(MIN_PERIOD_MS, result.ms * PERIOD_FACTOR);
    } catch (error) {
      state.error = (error as Error).message;
      state.due = Date.now() + 5000;
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

  const isBusy = () =>
    handling > 0 || handlers.working() || [...folders.values()].some((f) => f.waiting || f.last === undefined);

  async function passWhenDue(): Promise<void> {
    while (!signal.aborted) {
      await delay(1000, signal);
      for (const [name, state] of folders) if (Date.now() >= state.due && !state.running) void requestPass(name);
    }
  }
  void passWhenDue();

  return {
    open(folder, root, ignore) {
      folders.set(folder, { watch: { watched: 0 }, waiting: false, running: undefined, queued: undefined, due: Number.POSITIVE_INFINITY });
      send({ ask: 'open', folder, root, ignore });
      void requestPass(folder);
    },
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
    async settled() {
      await Promise.all([...folders.keys()].map(requestPass));
      while (isBusy() && !signal.aborted) await delay(10, signal);
    },
    state() {
      const all = [...folders.values()];
      const degraded = all.map((f) => f.watch.degraded).filter((reason) => reason !== undefined);
      const at = Math.max(0, ...all.map((f) => f.last?.at ?? 0));
      return {
        watching: degraded.length ? 'degraded' : 'ok',
        watchedDirectories: all.reduce((sum, f) => sum + f.watch.watched, 0),
        files: all.reduce((sum, f) => sum + (f.last?.files ?? 0), 0),
        lastPassMs: Math.round(Math.max(0, ...all.map((f) => f.last?.ms ?? 0))),
        lastPassAt: at === 0 ? null : new Date(at).toISOString(),
        busy: isBusy(),
        errors: [...degraded, ...all.flatMap((f) => [...(f.error ? [f.error] : []), ...(f.last?.errors ?? [])])].slice(0, 10),
      };
    },
    async stop() {
      await worker.terminate();
    },
  };
}
