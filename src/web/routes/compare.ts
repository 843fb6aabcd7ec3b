import { Worker } from 'node:worker_threads';
import { createLock } from '../../base/lock.ts';
import type { Diff } from '../contract/versions.ts';

export type Hunks = Diff['hunks'];

/** Texts with little in common would take minutes. */
const TIMEOUT_MS = 2000;
/** Many times what two texts of 1 MB with a presentable diff need. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

const oneByOne = createLock();

/**
 * The line-by-line differences between two texts; undefined when they are too expensive to find or too many to show. Runs
 * in a thread of its own, which is terminated when it takes too long or too much memory, so that it does not slow the agent
 * down. One pair at a time.
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
