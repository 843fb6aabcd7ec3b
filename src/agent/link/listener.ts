import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Logger } from 'pino';
import { awaitGreeting, reachableAddress } from '../../base/await-greeting.ts';
import { backoffMs, failuresAfterRun } from '../../base/backoff.ts';
import { delay } from '../../base/delay.ts';
import { isAnswered, untilHung } from '../../base/hang.ts';
import type { Endpoint } from '../../topology/site-plan.ts';
import { SSH_GREETING } from './probe.ts';

export interface SshdListener {
  /** Undefined while none runs. */
  pid(): number | undefined;
  /** Whether it greeted at the last probe. */
  answers(): boolean;
  /** Makes it reread its files; connections stay. */
  readAgain(): void;
  /** Resolves when the signal is aborted and it is gone; rejects when it exits before it ever answered: it cannot work. */
  ended: Promise<void>;
}

const FIRST_PAUSE_MS = 200;
/** A new one is probed often at first. */
const STARTING_TRIES = 50;
const STARTING_PAUSE_MS = 100;
/** Our own probe connections, of which sshd may still log something. */
const PROBES_REMEMBERED = 16;

/**
 * Runs the listening process of a hub's sshd, and probes it: one that exited or hangs is replaced. Each connection is a
 * process of its own, which outlives it. Aborting the signal stops the process: {@link stopSshd}.
 */
export function keepListening(
  command: string[],
  listen: Endpoint,
  { log, signal, said }: { log: Logger; signal: AbortSignal; said: (line: string) => void },
): SshdListener {
  let sshd: ChildProcess | undefined;
  let greeted = false;
  let everGreeted = false;
  const probes: string[] = [];

  function connected(port: number): void {
    probes.push(` port ${port}`);
    if (probes.length > PROBES_REMEMBERED) probes.shift();
  }

  function hear(line: string): void {
    const text = line.trimEnd();
    if (!probes.some((port) => text.endsWith(port) || text.endsWith(`${port} [preauth]`))) said(line);
  }

  /** From the start of one process to its exit, with the reason. Its connections may keep its stderr open long after that. */
  async function runOnce(): Promise<string> {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
    sshd = child;
    const over = new AbortController();
    createInterface({ input: child.stderr }).on('line', hear);
    const watching = watch(child, over.signal).catch((error: Error) =>
      log.error({ err: error }, 'sshd cannot be asked whether it works'),
    );
    try {
      const [code, killer] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      if (killer) return `was killed by ${killer}`;
      if (!everGreeted && !signal.aborted) throw new Error(`sshd ended by itself: code ${code}`);
      return `ended with code ${code}`;
    } finally {
      greeted = false;
      sshd = undefined;
      over.abort();
      await watching;
    }
  }

  async function watch(child: ChildProcess, over: AbortSignal): Promise<void> {
    const answers = (question: AbortSignal) =>
      awaitGreeting({ ...reachableAddress(listen), ...SSH_GREETING, connected }, question);
    const onProbe = (answered: boolean) => {
      greeted = answered;
      everGreeted ||= answered;
    };
    for (let tries = 0; tries < STARTING_TRIES && !greeted && !over.aborted; tries++) {
      onProbe(await isAnswered(answers, over));
      if (!greeted) await delay(STARTING_PAUSE_MS, over);
    }
    if (!(await untilHung({ pid: () => child.pid, answers, onProbe }, over))) return;
    log.warn({ pid: child.pid }, 'sshd no longer accepts connections: replacing it');
    child.kill('SIGKILL');
  }

  async function run(): Promise<void> {
    for (let failures = 0; ; ) {
      const started = performance.now();
      const why = await runOnce();
      if (signal.aborted) return;
      failures = failuresAfterRun(failures, performance.now() - started);
      const pauseMs = backoffMs(failures, FIRST_PAUSE_MS, Math.random());
      log.warn({ pauseMs }, `sshd ${why}; restarting it, its connections continue`);
      await delay(pauseMs, signal);
      if (signal.aborted) return;
    }
  }

  return {
    pid: () => sshd?.pid,
    answers: () => greeted,
    readAgain: () => void sshd?.kill('SIGHUP'),
    ended: run(),
  };
}
