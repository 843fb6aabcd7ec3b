import { parentPort } from 'node:worker_threads';
import { realClock } from '../../base/clock.ts';
import { realDisk } from '../fs/real-disk.ts';
import { createScouts } from './scouts.ts';

/** The detection thread of the folders on one disk. */
if (!parentPort) throw new Error('this file runs as a worker thread');
const port = parentPort;
port.on('message', createScouts({ disk: realDisk, clock: realClock, tell: (message) => port.postMessage(message) }));
