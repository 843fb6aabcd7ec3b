import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** The median; of an even number the upper of the two middle ones. */
export const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
export const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)]!;

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Waits for a condition, polling every `everyMs`; throws after `timeoutMs`. */
export async function reached(condition: () => boolean, timeoutMs: number, what: string, everyMs = 4): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await pause(everyMs);
  }
}

/** Whether there is a file of this size. */
export function hasSize(path: string, size: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === size;
}

/** The memory of these processes in bytes, shared pages divided (PSS), including swap. */
export function memoryOf(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const rollup = readProc(`${pid}/smaps_rollup`);
    const kilobytes = [...rollup.matchAll(/^(?:Pss|SwapPss):\s+(\d+)/gm)].map(([, value]) => Number(value));
    return sum + 1024 * kilobytes.reduce((all, one) => all + one, 0);
  }, 0);
}

/** CPU seconds that these processes and their exited children have used. */
export function cpuSecondsOf(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readProc(`${pid}/stat`)
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) / 100;
  }, 0);
}

/** These processes and all their descendants. */
export function withDescendants(pids: number[]): number[] {
  const found = new Set<number>();
  const visit = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of childrenOf(pid)) visit(child);
  };
  pids.forEach(visit);
  return [...found];
}

/** Any thread may have started it. */
function childrenOf(pid: number): number[] {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  return threads.flatMap((thread) => readProc(`${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number));
}

/** The load average of the last minute: above the number of cores, others were running too. */
export const load = () => Number(readProc('loadavg').split(' ')[0]);

/** Empty for a process that has exited. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
