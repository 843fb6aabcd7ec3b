import { readFileSync } from 'node:fs';

/**
 * Ends an sshd together with its connections. Ending sshd alone leaves them: each is a process, in a session of its own, that
 * lives until its client goes. Not for a process that something else is about to restart: that one keeps its links by being left alone.
 */
export function stopSshd(pid: number): void {
  if (!signal(pid, 'SIGSTOP')) return; // stopped, it can fork no further connection while we look
  const connections = descendants(pid);
  signal(pid, 'SIGKILL');
  for (const connection of connections) signal(connection, 'SIGKILL');
}

/**
 * Ends all connections of a running sshd, whose they are and however they use them: one that asked for no port of ours shows in nothing
 * who it is. Those who still have the right come back within a second.
 */
export function endConnections(pid: number): void {
  for (const connection of descendants(pid)) signal(connection, 'SIGKILL');
}

/** The processes of an sshd's connections. */
export function descendants(pid: number): number[] {
  const children = childrenOf(pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

const isGone = (error: unknown) => ['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
