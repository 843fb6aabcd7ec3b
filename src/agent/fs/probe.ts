import { spawn } from 'node:child_process';
import { delay } from '../../base/delay.ts';

const ANSWER_MS = 3000;

/** Probes in progress, by path: a hung disk is not probed again on each try. */
const looking = new Map<string, Promise<void>>();

/**
 * Whether the disk at a path responds soon, even with an error. Only then may the agent's own thread touch it. The probe is
 * a separate process: a system call that hangs would occupy one of Node's few threads for files, and keep the agent from
 * exiting.
 */
export async function answersSoon(path: string): Promise<boolean> {
  const look = looking.get(path) ?? lookAt(path);
  looking.set(path, look);
  const done = new AbortController();
  const answered = await Promise.race([look.then(() => true), delay(ANSWER_MS, done.signal).then(() => false)]);
  done.abort();
  return answered;
}

/** Resolves with the first response of any kind. Whoever opens the path reports what is wrong with it. */
async function lookAt(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const child = spawn('stat', ['--dereference', '--format=', '--', path], { stdio: 'ignore' });
  child.once('error', () => resolve());
  child.once('exit', () => resolve());
  child.unref();
  await promise;
  looking.delete(path);
}
