import { stat } from 'node:fs/promises';
import { delay } from '../../base/delay.ts';

const ANSWER_MS = 3000;

/** Looks that have not ended, by path: a disk that hangs takes one thread of Node's pool, not one more with each try. */
const looking = new Map<string, Promise<void>>();

/** Whether the disk at a path answers soon, also with an error. Only then the agent's own thread may touch it. */
export async function answersSoon(path: string): Promise<boolean> {
  const look = looking.get(path) ?? lookAt(path);
  looking.set(path, look);
  const done = new AbortController();
  const answered = await Promise.race([look.then(() => true), delay(ANSWER_MS, done.signal).then(() => false)]);
  done.abort();
  return answered;
}

async function lookAt(path: string): Promise<void> {
  try {
    await stat(path);
  } catch {
    // What is wrong with it, who opens it says.
  } finally {
    looking.delete(path);
  }
}
