import { descendants, isProcessGone } from '../../base/processes.ts';
import type { Endpoint } from '../../topology/site-plan.ts';
import { kernelAddress, sshdsWithSockets, type TcpSocket } from './sockets.ts';

/** A hub's sshd. */
export interface Listener {
  /** Undefined while none runs; connections of an earlier one may remain. */
  pid: number | undefined;
  listen: Endpoint;
}

/**
 * Ends an sshd together with its connections. Ending sshd alone leaves them: each is a process, in a session of its own,
 * that lives until its client goes. Not for a process that something else is about to restart: that one keeps its links by
 * being left alone.
 */
export function stopSshd(sshd: Listener): void {
  if (sshd.pid !== undefined) {
    signal(sshd.pid, 'SIGSTOP'); // while stopped it cannot fork further connections
    const connections = descendants(sshd.pid);
    for (const pid of [sshd.pid, ...connections]) signal(pid, 'SIGKILL');
  }
  for (const pid of leftConnections(sshd)) signal(pid, 'SIGKILL');
}

/**
 * Ends all connections of a hub's sshd, whoever they belong to and however they are used: a client that requested no port
 * of ours cannot be identified. Those who still have access are back within a second.
 */
export function endConnections(sshd: Listener): void {
  for (const pid of connectionsOf(sshd)) signal(pid, 'SIGKILL');
}

/** The processes of the connections of a hub's sshd: of the listening one, and those that an earlier one left. */
export function connectionsOf(sshd: Listener): Set<number> {
  const own = sshd.pid === undefined ? [] : descendants(sshd.pid);
  return new Set([...own, ...leftConnections(sshd)]);
}

/** Identified by their port: nothing else shows whose they are, once their sshd has exited. */
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
