import { type Clock, realClock } from './clock.ts';

/** A wake-up signal of size 1: any number of `ring`s before the next `wait` count as one. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring (at once if one is pending), after `ms`, or when `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Pick<Clock, 'after'> = realClock): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    wait(ms, signal) {
      if (rung || signal.aborted) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const done = () => {
          cancel();
          signal.removeEventListener('abort', done);
          wake = undefined;
          rung = false;
          resolve();
        };
        const cancel = clock.after(ms, done);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
      });
    },
  };
}
