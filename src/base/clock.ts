import { setImmediate } from 'node:timers/promises';

/** Time and chance. Injected, so that a simulation can decide both. */
export interface Clock {
  /** Unix ms. May step at any time: it decides nothing. */
  now(): number;
  /** Monotonic ms, for durations. */
  monotonic(): number;
  /** Calls back once after `ms`. Returns what cancels it. */
  after(ms: number, call: () => void): () => void;
  /** Resolves when whatever else waits for this thread had its turn. */
  giveWay(): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export const realClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  giveWay: () => setImmediate(),
  random: Math.random,
};

/** Calls back every `ms`, until what it returns is called. */
export function every(clock: Clock, ms: number, call: () => void): () => void {
  let cancel = clock.after(ms, tick);
  function tick() {
    cancel = clock.after(ms, tick);
    call();
  }
  return () => cancel();
}
