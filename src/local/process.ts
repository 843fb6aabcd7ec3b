import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { backoffMs, failuresAfterRun } from '../base/backoff.ts';
import { delay } from '../base/delay.ts';
import { isAnswered, untilHung, untilIdle } from '../base/hang.ts';
import { rotateLog, tailOf } from './log-file.ts';
import { killGroup, signalTo, startBound } from './spawn.ts';

export type ProcessKind = 'database' | 'rsyncd' | 'sshd' | 'agent';

/** A process to keep running. */
export interface ProcessSpec {
  kind: ProcessKind;
  site: string;
  /** argv. It must stay in the foreground. */
  command: string[];
  /** File for its output. */
  log: string;
  /** Everything that a running process has read and does not reread: it is restarted when this changes. */
  fingerprint: string;
  /** Runs before each start; gives up when the signal is aborted. */
  prepare?: (signal: AbortSignal) => Promise<void>;
  /** Resolves when it is working; until then rejects or stays pending. */
  ready: (signal: AbortSignal) => Promise<void>;
  /** Resolves when it responds at all while it runs; defaults to `ready`. */
  answers?: (signal: AbortSignal) => Promise<unknown>;
  /** How long it may take to exit before it is killed. */
  graceSeconds: number;
}

export interface SupervisedProcess {
  readonly spec: ProcessSpec;
  /** Process id while it runs. */
  pid(): number | undefined;
  /** Resolves when it is ready for the first time. */
  readonly firstReady: Promise<void>;
  /** Whether it runs, has been ready and responded to the last probe. */
  isReady(): boolean;
  /** Why it is not ready, as a sentence; undefined when it is. */
  trouble(): string | undefined;
  /** Stops it for good and waits until it has exited. */
  stop(): Promise<void>;
}

/** Between the exit of a process and its restart. On this machine a try is cheap, and people wait for it. */
const FIRST_PAUSE_MS = 400;
const MAX_PAUSE_MS = 10_000;
/** How often a starting process is probed for readiness. */
const READY_POLL_MS = 40;
/** A start may take minutes, as when a database replays its log; but a process that is idle for this long is stuck. */
const STARTING_IDLE_MS = 18_000;

/** Runs a process until it is stopped: restarts it with back-off whenever it exits, and replaces it when it hangs. */
export function supervise(spec: ProcessSpec, log: Logger): SupervisedProcess {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let ready = false;
  let trouble: string | undefined = 'it is starting';
  let isFirstReady: () => void;
  const firstReady = new Promise<void>((resolve) => {
    isFirstReady = resolve;
  });

  async function runOnce(): Promise<string> {
    await spec.prepare?.(stopping.signal);
    if (stopping.signal.aborted) return 'was stopped';
    rotateLog(spec.log);
    child = startBound(spec.command, spec.log);
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const over = new AbortController();
    let hung = false;
    const watching = watch(over.signal, () => {
      hung = true;
    }).catch((error: Error) => log.error({ err: error }, 'it cannot be probed'));
    try {
      const [code, signal] = await ended;
      if (hung) return 'stopped responding';
      return signal ? `was killed by ${signal}` : `exited with code ${code}`;
    } finally {
      over.abort();
      await watching;
      if (child.pid !== undefined) killGroup(child.pid);
      child = undefined;
      ready = false;
    }
  }

  /** Waits until it is ready, then probes it while it runs. Kills it when it hangs. */
  async function watch(over: AbortSignal, hangs: () => void): Promise<void> {
    const replace = () => {
      hangs();
      if (child?.pid !== undefined) killGroup(child.pid);
    };
    const pids = () => (child?.pid === undefined ? [] : [child.pid]);
    const starting = new AbortController();
    const idle = untilIdle(pids, STARTING_IDLE_MS, AbortSignal.any([over, starting.signal]));
    const isReady = await Promise.race([untilReady(spec, over), idle.then(() => false)]);
    starting.abort();
    if (await idle) return replace();
    if (!isReady) return;
    isFirstReady();
    log.info({ pid: child?.pid }, 'ready');
    const onProbe = (answered: boolean) => {
      ready = answered;
      trouble = answered ? undefined : 'it does not respond';
    };
    onProbe(true);
    const pid = () => child?.pid;
    if (await untilHung({ pid, answers: spec.answers ?? spec.ready, onProbe }, over)) replace();
  }

  function lastWords(): string {
    try {
      return tailOf(spec.log, 3);
    } catch (error) {
      return `its log cannot be read: ${(error as Error).message}`;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const started = performance.now();
      const why = await runOnce().catch((error: Error) => `cannot be started: ${error.message}`);
      if (stopping.signal.aborted) return;
      failures = failuresAfterRun(failures, performance.now() - started);
      const retryMs = Math.round(backoffMs(failures, FIRST_PAUSE_MS, Math.random(), MAX_PAUSE_MS));
      const said = lastWords();
      trouble = `it ${why}`;
      log.warn({ log: spec.log, said, retryMs }, `${spec.kind} ${why}; restarting in ${(retryMs / 1000).toFixed(1)} s`);
      await delay(retryMs, stopping.signal);
    }
  }

  const running = run();
  return {
    spec,
    pid: () => child?.pid,
    firstReady,
    isReady: () => ready,
    trouble: () => trouble,
    async stop() {
      stopping.abort();
      const pid = child?.pid;
      if (pid !== undefined) {
        signalTo(pid, 'SIGTERM');
        const killer = setTimeout(() => signalTo(pid, 'SIGKILL'), spec.graceSeconds * 1000);
        await running;
        clearTimeout(killer);
      }
      await running;
    },
  };
}

async function untilReady(spec: ProcessSpec, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const isReady = await isAnswered(spec.ready, signal, 2000);
    if (signal.aborted) return false;
    if (isReady) return true;
    await delay(READY_POLL_MS, signal);
  }
  return false;
}
