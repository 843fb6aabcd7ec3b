import { parentPort, workerData } from 'node:worker_threads';
import { realDisk } from '../fs/real-disk.ts';
import { openTree } from '../fs/tree.ts';
import { lowerPriority } from './low-priority.ts';
import { type Reading, readFromDisk } from './read.ts';
import type { Batch, Control } from './reader-protocol.ts';

/** The cost of a file in addition to its bytes: a seek. */
const SEEK_BYTES = 64 * 1024;
/** ms. A changed rate or the end of a pause is noticed within this time. */
const LONGEST_WAIT_MS = 500;

/** The thread that verifies files. It blocks in and between its system calls: nothing else runs on it. */
if (!parentPort) throw new Error('this file runs as a worker thread');
const port = parentPort;
const { settings, read } = workerData as Control;
/** Bytes that were read ahead of the rate. */
let ahead = 0;
let last = performance.now();

lowerPriority();

/** Blocks as long as the rate requires after this many bytes. */
function pay(bytes: number): void {
  Atomics.add(read, 0, BigInt(bytes));
  ahead += bytes;
  for (;;) {
    const isPaused = Atomics.load(settings, 1) === 1;
    const bytesPerMs = Atomics.load(settings, 0);
    const now = performance.now();
    ahead = bytesPerMs === 0 ? 0 : Math.max(0, ahead - (now - last) * bytesPerMs);
    last = now;
    if (!isPaused && ahead === 0) return;
    const wait = isPaused ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, Math.ceil(ahead / bytesPerMs));
    Atomics.wait(settings, 1, isPaused ? 1 : 0, wait);
  }
}

port.on('message', ({ root, paths, flushed = false }: Batch) => {
  const readings: Reading[] = [];
  try {
    const tree = openTree({ root, disk: realDisk });
    try {
      for (const path of paths) {
        ahead += SEEK_BYTES;
        readings.push(readFromDisk(tree, path, flushed, pay));
        // A pause may be long, and directories may be renamed meanwhile.
        tree.rest();
        pay(0);
      }
    } finally {
      tree.close();
    }
  } catch (error) {
    while (readings.length < paths.length) readings.push({ is: 'failed', reason: (error as Error).message });
  }
  port.postMessage(readings);
});
