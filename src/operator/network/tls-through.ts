import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';

/** Connects with TLS over the stream that `open` gives, so that its carrier can neither read nor change the data. */
export function tlsThrough(open: () => Promise<Duplex>, trust: ConnectionOptions): buildConnector.connector {
  return ({ hostname, servername }, done) => {
    void hand(secure(open, { ...trust, servername: servername || hostname }), done);
  };
}

async function hand(made: Promise<TLSSocket | Error>, done: buildConnector.Callback): Promise<void> {
  const result = await made;
  if (result instanceof Error) done(result, null);
  else done(null, result);
}

async function secure(open: () => Promise<Duplex>, trust: ConnectionOptions): Promise<TLSSocket | Error> {
  try {
    const carrier = await open();
    const socket = connect({ ...trust, socket: carrier });
    carrier.once('error', (error) => socket.destroy(error));
    // The user of the socket is told too; an unhandled error event would end the process, and there may be several.
    socket.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
      socket.once('secureConnect', resolve);
    });
    return socket;
  } catch (error) {
    return error as Error;
  }
}
