import { load } from './measure.ts';

type Say = (line: string) => void;

/** Starts a peer, works with it, and stops it, also when the work fails or this process is terminated. */
export async function during<S extends { stop(): Promise<void> }, T>(
  start: () => Promise<S>,
  work: (started: S) => Promise<T>,
  say: Say,
  who: string,
): Promise<T> {
  say(`${who}: starting`);
  const started = await start();
  const end = (signal: NodeJS.Signals) => {
    say(`${who}: stopping (${signal})`);
    void started.stop().finally(() => process.exit(1));
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    say(`${who}: measuring, load ${load()}`);
    const result = await work(started);
    say(`${who}: measured, load ${load()}`);
    return result;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await started.stop();
  }
}
