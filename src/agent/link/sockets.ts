import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIPv4 } from 'node:net';

/** A TCP socket of this machine, by its local end. */
export interface TcpSocket {
  port: number;
  /** An IPv4 address as the kernel writes it: {@link kernelAddress}. */
  address: string;
  listens: boolean;
}

/** An IPv4 address in the format of /proc/net/tcp; undefined when it is not one or means all interfaces. */
export function kernelAddress(host: string): string | undefined {
  if (!isIPv4(host) || host === '0.0.0.0') return undefined;
  const bytes = host.split('.').map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'));
  return bytes.toReversed().join('');
}

export const LOOPBACK = kernelAddress('127.0.0.1');

/** The sshd processes of this user that hold a TCP socket of this kind. */
export function sshdsWithSockets(wanted: (socket: TcpSocket) => boolean): number[] {
  const links = new Set(inodesOf(wanted).map((inode) => `socket:[${inode}]`));
  if (links.size === 0) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => attempt(() => readFileSync(`/proc/${pid}/comm`, 'latin1'))?.startsWith('sshd'))
    .filter((pid) => {
      const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
      return descriptors.some((fd) => links.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ''));
    })
    .map(Number);
}

/** Format: Documentation/networking/proc_net_tcp.rst; state 0A is LISTEN. */
function inodesOf(wanted: (socket: TcpSocket) => boolean): string[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    (attempt(() => readFileSync(table, 'latin1')) ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, own = '', , state]) => {
        const [address = '', port = ''] = own.split(':');
        return wanted({ port: Number.parseInt(port, 16), address, listens: state === '0A' });
      })
      .map((fields) => fields[9] ?? ''),
  );
}

/** Processes come and go while /proc is read, and those of other users are not readable. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
