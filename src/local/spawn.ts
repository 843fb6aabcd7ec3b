import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openLog } from './log-file.ts';

/**
 * Starts the process in its own process group, so that Ctrl-C in the terminal reaches only the supervisor, and bound to the
 * life of the supervisor, so that not even SIGKILL of the supervisor leaves it behind. Its output goes to `log`. A missing
 * program exits with code 127, as in a shell.
 */
export function startBound(command: string[], log: string): ChildProcess {
  const output = openLog(log);
  try {
    const args = ['--pdeathsig', 'KILL', '--', ...command];
    const child = spawn('setpriv', args, { detached: true, stdio: ['ignore', output, output] });
    child.once('error', () => child.emit('exit', 127, null));
    return child;
  } finally {
    closeSync(output);
  }
}

/** Kills what a dead process has left in its group. */
export function killGroup(pid: number): void {
  signalTo(-pid, 'SIGKILL');
}

/** Sends a signal; no error if the process is already gone. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
