import { delay } from './delay.ts';
import { cpuTime } from './processes.ts';

/**
 * Tells a process that hangs by what it does: it is asked again and again. One that gives no answer and does not even use the processor is
 * stopped or deadlocked: it hangs after {@link IDLE_MISSES}, at most 16 s. One that works all the time may only be slow, as on a busy machine: it
 * has a minute.
 */
const EVERY_MS = 4000;
const ANSWER_MS = 4000;
const IDLE_MISSES = 3;
const BUSY_MISSES = 15;

/** How a process has answered of late. */
export interface Silence {
  /** Questions in a row without an answer. */
  misses: number;
  /** Of these, the last ones in a row during which it did not use the processor. */
  idle: number;
}

/** Whether it hangs. Pure. */
export function hangs({ misses, idle }: Silence): boolean {
  return idle >= IDLE_MISSES || misses >= BUSY_MISSES;
}

/** One process that is asked. */
export interface Asked {
  /** Undefined when it is gone. */
  pid: () => number | undefined;
  /** Resolves when it answers; any rejection, or silence for {@link ANSWER_MS}, is no answer. */
  answers: (signal: AbortSignal) => Promise<unknown>;
  /** Told after each question whether it was answered. */
  told?: (answered: boolean) => void;
}

/** Resolves with true as soon as the process hangs; with false when the signal aborts. */
export async function untilHung({ pid, answers, told }: Asked, signal: AbortSignal): Promise<boolean> {
  let silence: Silence = { misses: 0, idle: 0 };
  while (!signal.aborted) {
    const before = cpuTime(pid());
    const started = performance.now();
    const answered = await isAnswered(answers, signal);
    if (signal.aborted) return false;
    if (!answered) await delay(Math.max(0, ANSWER_MS - (performance.now() - started)), signal);
    const idle = before !== undefined && cpuTime(pid()) === before;
    silence = answered ? { misses: 0, idle: 0 } : { misses: silence.misses + 1, idle: idle ? silence.idle + 1 : 0 };
    told?.(answered);
    if (hangs(silence)) return true;
    if (answered) await delay(EVERY_MS, signal);
  }
  return false;
}

const POLL_MS = 3000;

/** Resolves with true when one of the processes has not used the processor for so long; with false when the signal aborts. For such that never rest that long. */
export async function untilIdle(pids: () => number[], forMs: number, signal: AbortSignal): Promise<boolean> {
  let before = new Map<number, { cpu: number | undefined; looks: number }>();
  // Looks are counted, not time: after a sleep of the whole machine nobody is to blame.
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

/** Whether the answer comes in time, also from a question that does not heed its signal. */
export async function isAnswered(
  answers: Asked['answers'],
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
