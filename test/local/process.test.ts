import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { awaitGreeting } from '../../src/base/await-greeting.ts';
import { type ProcessSpec, supervise } from '../../src/local/process.ts';
import { signalTo } from '../../src/local/spawn.ts';
import { freePort } from '../support/net.ts';
import { until } from '../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-process-'));
const log = pino({ level: 'silent' });
afterAll(() => rmSync(temp, { recursive: true }));

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

let count = 0;
/** A process that is ready once it has created its file. */
function spec(script: string, more: Partial<ProcessSpec> = {}): ProcessSpec & { mark: string } {
  const mark = join(temp, `mark${count++}`);
  return {
    mark,
    kind: 'agent',
    site: 'brazil',
    command: ['bash', '-c', script, 'bash', mark],
    log: `${mark}.log`,
    fingerprint: '',
    ready: async () => void readFileSync(mark),
    graceSeconds: 5,
    ...more,
  };
}

test('a killed process is restarted and becomes ready again', async () => {
  const wanted = spec('echo up >"$1"; echo hello; exec sleep 100');
  const process = supervise(wanted, log);
  onTestFinished(() => process.stop());
  await process.firstReady;
  const first = process.pid()!;
  signalTo(first, 'SIGKILL');
  await until(() => process.isReady() && process.pid() !== first);
  await until(() => readFileSync(wanted.log, 'utf8') === 'hello\nhello\n');
});

test('stopping ends the process and its group; one that ignores SIGTERM is killed after its grace period', async () => {
  const wanted = spec('trap "" TERM; sleep 100 & echo $! >"$1"; wait; wait', { graceSeconds: 0.2 });
  const process = supervise(wanted, log);
  await process.firstReady;
  const pids = [process.pid()!, Number(readFileSync(wanted.mark, 'utf8'))];
  expect(pids.every(isAlive)).toBe(true);
  await process.stop();
  await until(() => !pids.some(isAlive), 1000);
});

test('a process that cannot run says why, is retried, and can be stopped while waiting', async () => {
  const process = supervise(
    spec('echo "no such disk" >&2; exit 3', { ready: () => Promise.reject(new Error('never')) }),
    log,
  );
  await until(() => process.trouble()?.includes('code 3'));
  expect(process.isReady()).toBe(false);
  await process.stop();
  expect(process.pid()).toBeUndefined();
});

test('a missing program is a failure, not a crash', async () => {
  const process = supervise(spec('', { command: ['/no/such/program'] }), log);
  await until(() => process.trouble()?.includes('code 127'));
  await process.stop();
});

test('nothing survives the SIGKILL of its supervisor', async () => {
  const script = join(temp, 'supervisor.ts');
  const source = new URL('../../src/local/process.ts', import.meta.url).pathname;
  const child = spec('echo $$ >"$1"; exec sleep 100');
  writeFileSync(
    script,
    `import { supervise } from '${source}';
     const log = { info() {}, warn() {} } as never;
     const spec = ${JSON.stringify(child)};
     supervise({ ...spec, ready: () => Promise.reject(new Error()) } as never, log);`,
  );
  const supervisor = spawn(process.execPath, [script], { stdio: 'inherit' });
  const pid = await until(() => (existsSync(child.mark) ? Number(readFileSync(child.mark, 'utf8')) : 0));
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  await until(() => !isAlive(pid), 2000);
});

test('a stopped process does not respond, and is replaced', async () => {
  const script = `require('net').createServer((s) => s.end('hello')).listen(Number(process.argv[1]), '127.0.0.1')`;
  const port = await freePort();
  const ready = (signal: AbortSignal) => awaitGreeting({ host: '127.0.0.1', port, word: 'hello' }, signal);
  const process = supervise(
    spec('', { command: [globalThis.process.execPath, '-e', script, String(port)], ready }),
    log,
  );
  onTestFinished(() => process.stop());
  await process.firstReady;
  const first = process.pid()!;
  signalTo(first, 'SIGSTOP');
  await until(() => !process.isReady(), 20_000, 'the word that it does not respond');
  expect(process.trouble()).toBe('it does not respond');
  await until(() => process.isReady() && process.pid() !== first, 20_000, 'another one');
}, 60_000);
