import { type Clock, realClock } from './clock.ts';
import { delay } from './delay.ts';

export interface Repetition {
  signal: AbortSignal;
  /** From the end of one round to the start of the next: ms, or a promise, which must settle soon after the signal is aborted. */
  pause: number | ((hasFailed: boolean) => Promise<unknown>);
  /** The real one unless given. */
  clock?: Pick<Clock, 'after'>;
  /** Pauses before the first round too. */
  pauseFirst?: boolean;
  /** Called with what a round threw, unless the signal was aborted by then. */
  failed(error: Error): void;
}

/** Runs `round` again and again, whether it fails or not. Resolves once the signal is aborted and the last round has ended. */
export async function repeat(
  round: () => unknown,
  { signal, pause, clock = realClock, pauseFirst = false, failed }: Repetition,
): Promise<void> {
  const rest = typeof pause === 'number' ? () => delay(pause, signal, clock) : pause;
  if (pauseFirst) await rest(false);
  while (!signal.aborted) {
    let hasFailed = false;
    try {
      await round();
    } catch (error) {
      hasFailed = true;
      if (!signal.aborted) failed(error as Error);
    }
    if (!signal.aborted) await rest(hasFailed);
  }
}
