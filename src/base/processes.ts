import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds of CPU time that the threads of a process have used; undefined when it is gone or that is unknown. */
export function cpuTime(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + ofThread(pid, thread), 0);
  } catch {
    return undefined;
  }
}

/** Format: Documentation/scheduler/sched-stats.rst. */
function ofThread(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  } catch (error) {
    if (isProcessGone(error)) return 0;
    throw error;
  }
}

/** The processes that a process has started, recursively. */
export function descendants(pid: number): number[] {
  const children = childrenOf(pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if (isProcessGone(error)) return [];
    throw error;
  }
}

/** Whether the error means that a process or thread no longer exists. */
export const isProcessGone = (error: unknown) =>
  ['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
