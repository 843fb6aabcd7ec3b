import { type Clock, realClock } from './clock.ts';

/** Resolves after `ms`, or earlier when the signal is aborted; never rejects. */
export function delay(ms: number, signal: AbortSignal, clock: Pick<Clock, 'after'> = realClock): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(ms, done);
    function done() {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
