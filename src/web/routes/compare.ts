import { Worker } from 'node:worker_threads';
import { createLock } from '../../base/lock.ts';
import type { Diff } from '../contract/versions.ts';

export type Hunks = Diff['hunks'];

/** Texts that have little in common would take minutes. */
const TIMEOUT_MS = 2000;
/** Many times what two texts of 1 MB that can be shown take. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

const oneByOne = createLock();

/**
 * What differs between two texts, line by line; undefined where that is too much to be found or shown. It is looked for in a thread
 * of its own, which is ended when it takes too long or too much memory: whoever waits for the agent meanwhile notices nothing. One
 * pair after the other, however many are asked for.
 */
export function compareTexts(before: string, after: string): Promise<Hunks | undefined> {
  return oneByOne(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./compare-worker.ts', import.meta.url), {
          workerData: { before, after },
          resourceLimits: LIMITS,
        });
        const end = (hunks?: Hunks) => {
          clearTimeout(timer);
          void worker.terminate().then(() => resolve(hunks), reject);
        };
        const timer = setTimeout(end, TIMEOUT_MS);
        worker.once('message', (hunks: Hunks | null) => end(hunks ?? undefined));
        worker.once('error', (error: NodeJS.ErrnoException) => {
          clearTimeout(timer);
          if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve(undefined);
          else reject(error);
        });
      }),
  );
}
