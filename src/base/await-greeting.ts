import { once } from 'node:events';
import { connect } from 'node:net';

interface Endpoint {
  host: string;
  port: number;
}

interface Greeting extends Endpoint {
  /** What its greeting starts with. */
  word: string;
  /** What to send to it first. */
  hello?: string;
  /** Called with our port of the connection. */
  connected?: (port: number) => void;
}

/** Resolves when the server at this address greets with the given word, as rsyncd and sshd do; rejects otherwise. */
export async function awaitGreeting(
  { host, port, word, hello, connected }: Greeting,
  signal: AbortSignal,
): Promise<void> {
  const socket = connect(port, host);
  socket.once('connect', () => {
    connected?.(socket.localPort ?? 0);
    if (hello !== undefined) socket.write(hello);
  });
  try {
    const [data] = (await once(socket, 'data', { signal })) as [Buffer];
    if (!data.toString('latin1').startsWith(word)) throw new Error(`${host}:${port} is not ${word}`);
  } finally {
    socket.on('error', () => undefined); // after the time-out nobody listens
    socket.destroy();
  }
}

/** The address at which a listener can be reached from this machine: all-zero addresses mean all interfaces. */
export function reachableAddress({ host, port }: Endpoint): Endpoint {
  return { host: { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host, port };
}
