import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { signalTo } from '../../src/local/spawn.ts';
import { SITES, type SiteName } from './star.ts';
import type { ProcessName } from './step.ts';

/** A process of the network, as the kernel knows it. */
export interface Running {
  pid: number;
  /** Undefined for the supervisor and whatever belongs to no site. */
  site: SiteName | undefined;
  kind: ProcessName | 'supervisor' | 'other';
}

/** Programs by their command line. */
const KINDS: [ProcessName | 'supervisor', RegExp][] = [
  ['supervisor', /main\.ts up --supervise/],
  ['agent', /main\.ts agent /],
  ['sshd', /main\.ts sshd |(^|\/)sshd[: ]/],
  ['database', /(mariadbd|mysqld) /],
  ['rsync', /(^|\/)rsync /],
  ['ssh', /(^|\/)ssh /],
];

/**
 * All processes that run from this data folder: its path is in their command line, or is their working directory. Asks the
 * kernel, because the supervisor may be stopped and does not know its grandchildren.
 */
export function processesOf(data: string): Running[] {
  const mark = `${data}/`;
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!(pid > 0) || pid === process.pid) return [];
    const argv = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    const cwd = `${read(() => readlinkSync(`/proc/${pid}/cwd`))}/`;
    if (!`${argv.trim()}/`.includes(mark) && !cwd.startsWith(mark)) return [];
    const site = SITES.find(
      (one) => `${argv.trim()}/`.includes(`${mark}sites/${one}/`) || cwd.startsWith(`${mark}sites/${one}/`),
    );
    return [{ pid, site, kind: KINDS.find(([, pattern]) => pattern.test(argv))?.[0] ?? 'other' }];
  });
}

export function signalAll(processes: Running[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) signalTo(pid, signal);
}

function read(file: () => string): string {
  try {
    return file();
  } catch {
    return ''; // it has exited in the meantime
  }
}
