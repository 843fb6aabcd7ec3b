import { spawn } from 'node:child_process';
import { delay } from '../../base/delay.ts';

const ANSWER_MS = 3000;

/** Looks that have not ended, by path: a disk that hangs is not looked at once more with each try. */
const looking = new Map<string, Promise<void>>();

/**
 * Whether the disk at a path answers soon, also with an error. Only then the agent's own thread may touch it. Asked by a process: a
 * system call that hangs would keep one of the few threads that Node has for files, and the agent from ending.
 */
export async function answersSoon(path: string): Promise<boolean> {
  const look = looking.get(path) ?? lookAt(path);
  looking.set(path, look);
  const done = new AbortController();
  const answered = await Promise.race([look.then(() => true), delay(ANSWER_MS, done.signal).then(() => false)]);
  done.abort();
  return answered;
}

/** Resolves with the first answer of any kind. What is wrong with the path, who opens it says. */
async function lookAt(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const child = spawn('stat', ['--dereference', '--format=', '--', path], { stdio: 'ignore' });
  child.once('error', () => resolve());
  child.once('exit', () => resolve());
  child.unref();
  await promise;
  looking.delete(path);
}
