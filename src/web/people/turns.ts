import { refuse } from '../contract/refusals.ts';

/** Lets a limited number of tasks run at once; the others wait for their turn, in order. */
export interface Turns {
  /** Throws Refused when too many wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createTurns(atOnce: number, mostWaiting: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(task) {
      if (running < atOnce) running++;
      else {
        if (waiting.length >= mostWaiting) throw refuse('tooManyTries', { seconds: 1 });
        // Whoever is done passes their place on.
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
