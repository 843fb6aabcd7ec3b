import { delay } from './delay.ts';
import { cpuTime } from './processes.ts';

/**
 * Detects a process that hangs by probing it repeatedly. If it neither answers nor uses CPU time it is stopped or
 * deadlocked, and counts as hung after {@link IDLE_MISSES} probes, at most 16 s. If it uses CPU time it may just be slow,
 * as on a busy machine, and has a minute.
 */
const EVERY_MS = 4000;
const ANSWER_MS = 4000;
const IDLE_MISSES = 3;
const BUSY_MISSES = 15;

/** How a process has answered recently. */
export interface MissedProbes {
  /** Probes in a row without an answer. */
  misses: number;
  /** How many of the last of these in a row found that it used no CPU time. */
  idle: number;
}

/** Whether it hangs. Pure. */
export function hangs({ misses, idle }: MissedProbes): boolean {
  return idle >= IDLE_MISSES || misses >= BUSY_MISSES;
}

/** A process to probe. */
export interface ProbedProcess {
  /** Undefined when it is gone. */
  pid: () => number | undefined;
  /** Resolves when it answers; a rejection, or silence for {@link ANSWER_MS}, counts as no answer. */
  answers: (signal: AbortSignal) => Promise<unknown>;
  /** Called after each probe with whether it was answered. */
  onProbe?: (answered: boolean) => void;
}

/** Resolves with true as soon as the process hangs, or with false when the signal is aborted. */
export async function untilHung({ pid, answers, onProbe }: ProbedProcess, signal: AbortSignal): Promise<boolean> {
  let missed: MissedProbes = { misses: 0, idle: 0 };
  while (!signal.aborted) {
    const before = cpuTime(pid());
    const started = performance.now();
    const answered = await isAnswered(answers, signal);
    if (signal.aborted) return false;
    if (!answered) await delay(Math.max(0, ANSWER_MS - (performance.now() - started)), signal);
    const idle = before !== undefined && cpuTime(pid()) === before;
    missed = answered ? { misses: 0, idle: 0 } : { misses: missed.misses + 1, idle: idle ? missed.idle + 1 : 0 };
    onProbe?.(answered);
    if (hangs(missed)) return true;
    if (answered) await delay(EVERY_MS, signal);
  }
  return false;
}

const POLL_MS = 3000;

/**
 * Resolves with true when one of the processes has used no CPU time for `forMs`, or with false when the signal is aborted.
 * For processes that are never idle that long.
 */
export async function untilIdle(pids: () => number[], forMs: number, signal: AbortSignal): Promise<boolean> {
  let before = new Map<number, { cpu: number | undefined; looks: number }>();
  // Counts checks, not time: after the machine was suspended no process is to blame.
  while (!signal.aborted) {
    const now = pids().map((pid) => [pid, cpuTime(pid)] as const);
    before = new Map(
      now.map(([pid, cpu]) => {
        const last = before.get(pid);
        return [pid, { cpu, looks: cpu !== undefined && cpu === last?.cpu ? last.looks + 1 : 0 }];
      }),
    );
    if ([...before.values()].some(({ looks }) => looks * POLL_MS >= forMs)) return true;
    await delay(POLL_MS, signal);
  }
  return false;
}

/** Whether the answer comes in time, even if the probe ignores its signal. */
export async function isAnswered(
  answers: ProbedProcess['answers'],
  signal: AbortSignal,
  withinMs = ANSWER_MS,
): Promise<boolean> {
  const question = new AbortController();
  const late = delay(withinMs, AbortSignal.any([signal, question.signal])).then(() => false);
  const answer = answers(AbortSignal.any([signal, question.signal])).then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([answer, late]);
  question.abort();
  return answered;
}
