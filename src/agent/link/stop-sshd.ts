import { descendants, isProcessGone } from '../../base/processes.ts';
import type { Endpoint } from '../../topology/site-plan.ts';
import { kernelAddress, sshdsWithSockets, type TcpSocket } from './sockets.ts';

/** A hub's sshd. */
export interface Listener {
  /** Undefined while none runs: connections of an earlier one may. */
  pid: number | undefined;
  listen: Endpoint;
}

/**
 * Ends an sshd together with its connections. Ending sshd alone leaves them: each is a process, in a session of its own, that
 * lives until its client goes. Not for a process that something else is about to restart: that one keeps its links by being left alone.
 */
export function stopSshd(sshd: Listener): void {
  if (sshd.pid !== undefined) {
    signal(sshd.pid, 'SIGSTOP'); // stopped, it can fork no further connection while we look
    const connections = descendants(sshd.pid);
    for (const pid of [sshd.pid, ...connections]) signal(pid, 'SIGKILL');
  }
  for (const pid of leftConnections(sshd)) signal(pid, 'SIGKILL');
}

/**
 * Ends all connections of a hub's sshd, whose they are and however they use them: one that asked for no port of ours shows in nothing
 * who it is. Those who still have the right come back within a second.
 */
export function endConnections(sshd: Listener): void {
  for (const pid of connectionsOf(sshd)) signal(pid, 'SIGKILL');
}

/** The processes of the connections of a hub's sshd: of the one that listens now, and those that an earlier one has left. */
export function connectionsOf(sshd: Listener): Set<number> {
  const own = sshd.pid === undefined ? [] : descendants(sshd.pid);
  return new Set([...own, ...leftConnections(sshd)]);
}

/** Known by the port: nothing else says whose they are, once the sshd that made them has ended. */
function leftConnections({ pid, listen }: Listener): number[] {
  const address = kernelAddress(listen.host);
  const isOurs = (socket: TcpSocket) =>
    !socket.listens && socket.port === listen.port && (address === undefined || socket.address === address);
  return sshdsWithSockets(isOurs).filter((one) => one !== pid);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isProcessGone(error)) throw error;
  }
}
