import { parentPort } from 'node:worker_threads';
import { realClock } from '../../base/clock.ts';
import { realDisk } from '../fs/real-disk.ts';
import type { ToWorker } from './protocol.ts';
import { createScouts } from './scouts.ts';

/** The detection thread of the folders on one disk. */
if (!parentPort) throw new Error('this file runs as a worker thread');
const port = parentPort;
const take = createScouts({ disk: realDisk, clock: realClock, tell: (message) => port.postMessage(message) });
port.on('message', (message: ToWorker) => {
  take(message);
  // Ends this thread only.
  if (message.ask === 'end') process.exit();
});
