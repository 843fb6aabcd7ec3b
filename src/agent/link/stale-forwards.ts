import type { Logger } from 'pino';
import type { SitePlan } from '../../topology/site-plan.ts';
import { attempt, LOOPBACK, sshdsWithSockets } from './sockets.ts';
import { connectionsOf, type Listener } from './stop-sshd.ts';

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
 * Acts on a line of the log of this sshd. Only from within its PID namespace can the holder be seen. Sessions of another sshd, as
 * of another network on this machine that chose the same port, are not ours to end.
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
