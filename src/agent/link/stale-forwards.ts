import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Logger } from 'pino';
import type { SitePlan } from '../../topology/site-plan.ts';
import { descendants } from './stop-sshd.ts';

/**
 * Lets a neighbour back in whose last connection broke without a word. Its session at the hub still holds the ports that the new one asks for,
 * and sshd is slow to give it up: it counts a keepalive as missed only after an interval in which nothing at all happened, so a
 * little traffic towards the dead end keeps the session for many minutes. But only the neighbour itself may ask for these
 * ports (permitlisten), and it dials once at a time: when sshd says that it cannot grant one, its present holder is dead.
 */

/** The port that sshd could not grant to a neighbour that may have it, or undefined. Whole lines only: names in a log line are not ours. */
export function refusedPort(line: string): number | undefined {
  const match = /^(?:error: )?channel_setup_fwd_listener_tcpip: cannot listen to port: (\d+)\r?$/.exec(line);
  return match ? Number(match[1]) : undefined;
}

/**
 * Acts on a line of the log of the sshd with this pid. Only from within its PID namespace can the holder be seen. Sessions of another sshd, as
 * of another network on this machine that chose the same port, are not ours to end.
 */
export function endStaleSession(line: string, sshd: number, plan: () => SitePlan, log: Logger): void {
  const port = refusedPort(line);
  if (port !== undefined) endHolder(port, sshd, plan(), log);
}

function endHolder(port: number, sshd: number, plan: SitePlan, log: Logger): void {
  const link = plan.links.find((l) => !l.dials && l.forwards.remote.some((forward) => forward.listen === port));
  if (!link) return;
  const ours = new Set(descendants(sshd));
  for (const pid of sshdsListeningOn(port).filter((one) => ours.has(one))) {
    log.warn(
      { peer: link.peer, port, pid },
      'a neighbour is back while its broken connection still held its port: ended that',
    );
    attempt(() => process.kill(pid, 'SIGKILL'));
  }
}

/** The sessions of this user's sshd that hold a listening loopback port. */
export function sshdsListeningOn(port: number): number[] {
  const sockets = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => attempt(() => readFileSync(`/proc/${pid}/comm`, 'latin1'))?.startsWith('sshd'))
    .filter((pid) => {
      const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
      return descriptors.some((fd) => sockets.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ''));
    })
    .map(Number);
}

/** Format: Documentation/networking/proc_net_tcp.rst; state 0A is LISTEN. */
function listeningInodes(port: number): string[] {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === address && fields[3] === '0A')
    .map((fields) => fields[9] ?? '');
}

/** Processes come and go while /proc is read, and those of others are closed to us. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
