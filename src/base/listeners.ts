import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that listens on a TCP port of this machine. */
export interface ListeningProcess {
  pid: number;
  /** Its process group. */
  group: number;
  /** Its command line, shortened. */
  command: string;
}

const COMMAND_LENGTH = 160;

/**
 * Who listens on these ports, as far as this user may see it: only root sees the processes of others. Reads the process
 * table once, whatever the number of ports.
 */
export function holdersOf(ports: number[]): Map<number, ListeningProcess[]> {
  const found = new Map<number, ListeningProcess[]>(ports.map((port) => [port, []]));
  const portOf = new Map(listening().flatMap(({ port, inode }) => (found.has(port) ? [[inode, port] as const] : [])));
  if (portOf.size === 0) return found;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const held = new Set<number>();
    for (const fd of attempt(() => readdirSync(`/proc/${name}/fd`)) ?? []) {
      const inode = /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(`/proc/${name}/fd/${fd}`)) ?? '')?.[1];
      const port = inode === undefined ? undefined : portOf.get(inode);
      if (port !== undefined) held.add(port);
    }
    if (held.size === 0) continue;
    const holder = { pid: Number(name), group: groupOf(name), command: commandOf(name) };
    for (const port of held) found.get(port)!.push(holder);
  }
  return found;
}

/** Format: Documentation/networking/proc_net_tcp.rst; state 0A is LISTEN. */
function listening(): { port: number; inode: string }[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    (attempt(() => readFileSync(table, 'latin1')) ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => ({ port: Number.parseInt(fields[1]!.split(':')[1]!, 16), inode: fields[9]! })),
  );
}

/** proc(5): the fifth field of stat; the name in parentheses may itself contain spaces and parentheses. */
function groupOf(pid: string): number {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function commandOf(pid: string): string {
  const words = (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0').filter(Boolean);
  const command = words.join(' ').replace(/[^\x20-\x7e]/g, '?');
  return command.length > COMMAND_LENGTH ? `${command.slice(0, COMMAND_LENGTH)}…` : command;
}

/** Processes come and go while /proc is read, and those of other users are not readable. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
