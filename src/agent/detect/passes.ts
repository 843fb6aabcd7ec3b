import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { delay } from '../../base/delay.ts';
import { problem, problemOf } from '../../problems/problem.ts';
import type { DetectorHandlers } from './detector-handlers.ts';
import type { FolderState } from './folder-state.ts';

/** Minimum time from the end of a pass to the next one. */
export const PERIOD_MS = 60_000;
/** The same while hints are incomplete. */
const DEGRADED_PERIOD_MS = 10_000;
/** Passes take at most 1 % of a core: one of 3 s runs every 5 minutes. */
const PERIOD_FACTOR = 100;
const RETRY_MS = 5000;
/** Delay after findings could not be processed, as when the database restarts. */
const LOST_MS = 1000;

/** Scans whole trees: when they are due, on request, and to find what hints have lost. One pass over a folder at a time. */
export interface Passes {
  /** Resolves when a pass that began after this call has ended, successfully or not. */
  request(folder: string): Promise<void>;
  /** Events were lost, or findings could not be processed: until a pass has found them the folder is busy. */
  owe(folder: string, state: FolderState, because: 'overflow' | 'failure'): Promise<void>;
}

interface Deps {
  folders: ReadonlyMap<string, FolderState>;
  handlers: Pick<DetectorHandlers, 'check' | 'digests' | 'passed' | 'trouble' | 'unreadable'>;
  nextId(): number;
  signal: AbortSignal;
  periodMs: number;
  clock: Clock;
}

/** Runs due passes until `signal` is aborted. */
export function createPasses({ folders, handlers, nextId, signal, periodMs, clock }: Deps): Passes {
  /** A queue that keeps overflowing must not keep a large tree in passes. */
  const lostMs = ({ last }: FolderState) => Math.min(periodMs, 10 * (last?.ms ?? 0));

  async function owe(name: string, state: FolderState, because: 'overflow' | 'failure'): Promise<void> {
    const afterMs = because === 'overflow' ? lostMs(state) : LOST_MS;
    state.owed++;
    if (afterMs > 0) await delay(afterMs, signal, clock);
    if (!signal.aborted) await request(name);
    state.owed--;
  }

  async function passOnce(name: string, state: FolderState): Promise<void> {
    const { rules, thread } = state;
    try {
      // This thread touches the disk itself, so only if it responds.
      await thread.probe();
      const opened = handlers.check(name);
      const digests = await handlers.digests(name);
      const { result } = await thread.ask<'passed'>({ ask: 'pass', id: nextId(), folder: name, digests });
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

  function request(name: string): Promise<void> {
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
      return request(name);
    });
    return state.queued;
  }

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
        if (now >= state.due && !state.running && !state.thread.isStalled()) void request(name);
      }
    }
  }
  void passWhenDue();

  return { request, owe };
}
