import { Worker } from 'node:worker_threads';
import { type Clock, every } from '../../base/clock.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** A thread that observes the folders on one disk. */
export interface DetectThread {
  send(message: ToWorker): void;
  /** Resolves with the answer; rejects when the thread has stopped responding. */
  ask<T extends 'passed' | 'settled'>(
    message: Extract<ToWorker, { ask: 'pass' | 'settle' }>,
  ): Promise<Extract<FromWorker, { tell: T }>>;
  /**
   * Resolves when everything that the kernel announced before this call is in the reported states; rejects when the
   * thread has stopped responding. The thread checks the root of each of its folders for this.
   */
  poll(): Promise<void>;
  /** Resolves when the thread has looked at the root of each of its folders; rejects when it has stopped responding. */
  probe(): Promise<void>;
  /** Whether it has responded recently. */
  isCurrent(): boolean;
  /** Whether it has not responded for {@link STALLED_MS}: its disk hangs. */
  isStalled(): boolean;
  stop(): Promise<void>;
}

/** The thread's garbage is short-lived, and would be half of its memory. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };
const ASK_EVERY_MS = 1000;
/** Older answers are not known to be true now. */
const CURRENT_MS = 2000;
const STALLED_MS = 8000;
const noAnswer = () => new Error('its disk does not answer');

export interface ThreadHandlers {
  message(message: FromWorker): void;
  /** The thread has stopped responding, or responds again. */
  stalled(is: boolean): void;
}

/** A thread as seen by those who send it messages. */
interface Channel {
  post(message: ToWorker): void;
  /** Resolves when it has ended. */
  end(): Promise<void>;
}

/** Starts a thread. `tell` is called with each of its messages. */
export type Spawn = (tell: (message: FromWorker) => void) => Channel;

export const spawnWorker: Spawn = (tell) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits: LIMITS });
  worker.on('message', tell);
  // Without its thread an agent is blind: it exits, and its supervisor restarts it.
  worker.on('error', (error) => {
    throw error;
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const post = (message: ToWorker) => worker.postMessage(message);
  // If it were terminated, it would leave its inotify instance open, and a user has only 128 of them.
  const end = () => {
    post({ ask: 'end' });
    return exited;
  };
  return { post, end };
};

export function startThread(handlers: ThreadHandlers, spawn: Spawn, clock: Clock): DetectThread {
  const asked = new Map<number, { resolve(answer: FromWorker): void; reject(error: Error): void }>();
  const polls = new Map<number, { resolve(): void; reject(error: Error): void }>();
  let ids = 0;
  /** When the unanswered poll was sent; also undefined before the first answer: starting is not stalling. */
  let owedSince: number | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let stalled = false;
  let checkedAt = clock.monotonic();
  let asking = false;

  const channel = spawn((message) => {
    if (message.tell === 'here') heard(message.id);
    else if (message.tell === 'passed' || message.tell === 'settled') {
      asked.get(message.id)?.resolve(message);
      asked.delete(message.id);
    } else handlers.message(message);
  });
  function heard(id: number): void {
    polls.get(id)?.resolve();
    polls.delete(id);
    heardAt = clock.monotonic();
    owedSince = polls.size > 0 ? heardAt : undefined;
    if (!stalled) return;
    stalled = false;
    handlers.stalled(false);
  }

  function here(ask: 'poll' | 'probe'): Promise<void> {
    const id = ++ids;
    if (heardAt > 0) owedSince ??= clock.monotonic();
    return new Promise((resolve, reject) => {
      polls.set(id, { resolve, reject });
      channel.post({ ask, id });
    });
  }

  async function askOnce(): Promise<void> {
    if (asking) return;
    asking = true;
    await Promise.allSettled([here('poll')]);
    asking = false;
  }

  function check(): void {
    const now = clock.monotonic();
    // An answer may be queued here if this thread was busy itself.
    const wasBusy = now - checkedAt > 2 * ASK_EVERY_MS;
    checkedAt = now;
    void askOnce();
    if (stalled || wasBusy || owedSince === undefined || now - owedSince < STALLED_MS) return;
    stalled = true;
    for (const { reject } of [...asked.values(), ...polls.values()]) reject(noAnswer());
    asked.clear();
    polls.clear();
    handlers.stalled(true);
  }

  const stopAsking = every(clock, ASK_EVERY_MS, check);
  check();

  return {
    send: channel.post,
    ask<T extends 'passed' | 'settled'>(message: Extract<ToWorker, { ask: 'pass' | 'settle' }>) {
      return new Promise<Extract<FromWorker, { tell: T }>>((resolve, reject) => {
        if (stalled) return reject(noAnswer());
        asked.set(message.id, { resolve: (answer) => resolve(answer as Extract<FromWorker, { tell: T }>), reject });
        channel.post(message);
      });
    },
    poll: () => (stalled ? Promise.reject(noAnswer()) : here('poll')),
    probe: () => (stalled ? Promise.reject(noAnswer()) : here('probe')),
    isCurrent: () => clock.monotonic() - heardAt < CURRENT_MS,
    isStalled: () => stalled,
    async stop() {
      stopAsking();
      for (const { resolve } of polls.values()) resolve();
      // A thread that hangs in a system call cannot be terminated; it ends with the process.
      const ended = channel.end();
      if (!stalled) await ended;
    },
  };
}
