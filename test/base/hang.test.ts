import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { awaitGreeting } from '../../src/base/await-greeting.ts';
import { hangs, isAnswered, untilHung, untilIdle } from '../../src/base/hang.ts';
import { cpuTime } from '../../src/base/processes.ts';
import { until } from '../support/until.ts';

const never = () => new AbortController().signal;

/** A process that accepts connections and greets, and does nothing else. */
async function greeter() {
  const script = `const server = require('net').createServer((s) => s.end('hello')).listen(0, '127.0.0.1', () => console.log(server.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
  const answers = (signal: AbortSignal) => awaitGreeting({ host: '127.0.0.1', port, word: 'hello' }, signal);
  return { child, answers };
}

test('an idle process counts as hung soon, a busy one after a minute', () => {
  expect(hangs({ misses: 2, idle: 2 })).toBe(false);
  expect(hangs({ misses: 3, idle: 3 })).toBe(true);
  expect(hangs({ misses: 14, idle: 2 })).toBe(false);
  expect(hangs({ misses: 15, idle: 0 })).toBe(true);
});

describe('a stopped process', () => {
  test('hangs, although the kernel still accepts its connections', async () => {
    const { child, answers } = await greeter();
    const told: boolean[] = [];
    const hung = untilHung({ pid: () => child.pid, answers, onProbe: (answered) => told.push(answered) }, never());
    await until(() => told.length > 0);
    child.kill('SIGSTOP');
    expect(await hung).toBe(true);
    expect(told).toEqual([true, ...told.filter((answered) => !answered)]);
  }, 30_000);

  test('is idle', async () => {
    const { child } = await greeter();
    child.kill('SIGSTOP');
    expect(await untilIdle(() => [child.pid!], 3000, never())).toBe(true);
  }, 30_000);
});

test('a busy process is not idle, whatever other processes do', async () => {
  const busy = spawn('bash', ['-c', 'while :; do :; done']);
  const resting = spawn('sleep', ['100']);
  onTestFinished(() => void (busy.kill('SIGKILL'), resting.kill('SIGKILL')));
  const end = new AbortController();
  const idle = untilIdle(() => [busy.pid!], 3000, end.signal);
  expect(await untilIdle(() => [busy.pid!, resting.pid!], 3000, never())).toBe(true);
  end.abort();
  expect(await idle).toBe(false);
}, 30_000);

test('a late answer is none, and a process that is gone has used no CPU time', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  expect(await isAnswered(() => new Promise(() => undefined), never(), 20)).toBe(false);
  expect(await isAnswered(() => Promise.resolve(), never(), 1000)).toBe(true);
  expect(cpuTime(2 ** 22 + 1)).toBeUndefined();
});
