import type { Logger } from 'pino';
import type { SitePlan } from '../../topology/site-plan.ts';
import { attempt, LOOPBACK, sshdsWithSockets } from './sockets.ts';
import { connectionsOf, type Listener } from './stop-sshd.ts';

/**
 * Lets a neighbour back in whose last connection broke silently. Its session at the hub still holds the ports that the new
 * one requests, and sshd is slow to give it up: it counts a keepalive as missed only after an interval without any
 * activity, so a little traffic towards the dead end keeps the session for many minutes. But only the neighbour itself may
 * request these ports (permitlisten), and it dials one connection at a time: when sshd reports that it cannot grant one,
 * the current holder is dead.
 */

/**
 * The port that sshd could not grant to a neighbour that may have it, or undefined. Whole lines only: names in a log line
 * are untrusted.
 */
export function refusedPort(line: string): number | undefined {
  const match = /^(?:error: )?channel_setup_fwd_listener_tcpip: cannot listen to port: (\d+)\r?$/.exec(line);
  return match ? Number(match[1]) : undefined;
}

/**
 * Acts on a log line of this sshd. The holder is visible only within its PID namespace. Sessions of another sshd, such as
 * that of another network on this machine that chose the same port, are left alone.
 */
export function endStaleSession(line: string, sshd: Listener, plan: () => SitePlan, log: Logger): void {
  const port = refusedPort(line);
  if (port !== undefined) endHolder(port, sshd, plan(), log);
}

function endHolder(port: number, sshd: Listener, plan: SitePlan, log: Logger): void {
  const link = plan.links.find((l) => !l.dials && l.forwards.remote.some((forward) => forward.listen === port));
  if (!link) return;
  const ours = connectionsOf(sshd);
  for (const pid of sshdsListeningOn(port).filter((one) => ours.has(one))) {
    log.warn(
      { peer: link.peer, port, pid },
      'a neighbour reconnected while its broken connection still held its port: closed the old connection',
    );
    attempt(() => process.kill(pid, 'SIGKILL'));
  }
}

/** The sessions of this user's sshd that hold a listening loopback port. */
export function sshdsListeningOn(port: number): number[] {
  return sshdsWithSockets((socket) => socket.listens && socket.address === LOOPBACK && socket.port === port);
}
