import { Worker } from 'node:worker_threads';
import { createLock } from '../../base/lock.ts';
import type { Reading } from './read.ts';
import type { Batch, Control } from './reader-protocol.ts';

/** Reads files in a thread of its own, with the lowest priority. */
export interface Reader {
  /** One reading per path, in order. Rejects when the reader was closed. */
  read(batch: Batch): Promise<Reading[]>;
  /** Bytes per second; undefined = as fast as the disk. */
  setRate(rate: number | undefined): void;
  setPaused(isPaused: boolean): void;
  /** Bytes read so far. */
  bytesRead(): number;
  /** Immediately, even while a disk hangs. */
  close(): void;
}

/** The thread's garbage is short-lived. */
const LIMITS = { maxYoungGenerationSizeMb: 4 };

export function createReader(): Reader {
  const control: Control = {
    settings: new Int32Array(new SharedArrayBuffer(8)),
    read: new BigInt64Array(new SharedArrayBuffer(8)),
  };
  const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
    workerData: control,
    resourceLimits: LIMITS,
  });
  worker.unref();
  const turn = createLock();
  let ended: Error | undefined;
  let giveUp: ((error: Error) => void) | undefined;
  const end = (error: Error) => {
    ended ??= error;
    giveUp?.(ended);
  };
  const closed = () => end(new Error('the reader was closed'));
  worker.on('error', end);
  worker.on('exit', closed);
  const set = (at: number, value: number) => {
    Atomics.store(control.settings, at, value);
    Atomics.notify(control.settings, 1);
  };

  return {
    read: (batch) =>
      turn(
        () =>
          new Promise((resolve, reject) => {
            if (ended) return reject(ended);
            giveUp = reject;
            worker.once('message', resolve);
            worker.postMessage(batch);
          }),
      ),
    setRate: (rate) => set(0, rate === undefined ? 0 : Math.max(1, Math.round(rate / 1000))),
    setPaused: (isPaused) => set(1, isPaused ? 1 : 0),
    bytesRead: () => Number(Atomics.load(control.read, 0)),
    close() {
      closed();
      // A thread that hangs in a system call cannot be terminated; it ends with the process.
      void worker.terminate();
    },
  };
}
