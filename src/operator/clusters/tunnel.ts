import { Duplex } from 'node:stream';
import { type Dispatcher, WebSocket } from 'undici';

/** A port of a pod in another cluster. */
export interface PodPort {
  /** Of its API server. */
  server: string;
  namespace: string;
  pod: string;
  port: number;
}

export interface Credentials {
  dispatcher: Dispatcher;
  headers: Record<string, string>;
}

const OPEN_MS = 5000;
/** Two channels for the one port: data and errors. Each starts with the port number in two bytes. */
const PROTOCOL = 'v4.channel.k8s.io';
const [DATA, TROUBLE] = [0, 1];

/**
 * Connects to a port of a pod through the API server (port-forward). Neither that server nor the kubelet is trusted with
 * the data: use TLS over it. Meant for short responses: there is no back-pressure.
 */
export async function openTunnel(to: PodPort, { dispatcher, headers }: Credentials): Promise<Duplex> {
  const { server, namespace, pod, port } = to;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward?ports=${port}`;
  const socket = new WebSocket(`${server.replace(/^https:/, 'wss:')}${path}`, {
    protocols: [PROTOCOL],
    dispatcher,
    headers,
  });
  socket.binaryType = 'arraybuffer';
  const stream = streamOver(socket);
  await opened(socket);
  return stream;
}

function opened(socket: WebSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = () =>
    reject(new Error('its API server denies port forwarding to the pod: check pods/portforward in its Role'));
  const timer = setTimeout(() => {
    socket.close();
    reject(new Error('port forwarding to the pod through its API server timed out'));
  }, OPEN_MS);
  socket.addEventListener('open', () => resolve());
  socket.addEventListener('error', fail);
  socket.addEventListener('close', fail);
  return promise.finally(() => clearTimeout(timer));
}

function streamOver(socket: WebSocket): Duplex {
  const begun = new Set<number>();
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      socket.send(Buffer.concat([Buffer.of(DATA), chunk]));
      done();
    },
    final(done) {
      socket.close();
      done();
    },
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });
  // Before anybody uses the stream, the opener is told through its promise.
  stream.on('error', () => undefined);
  socket.addEventListener('message', ({ data }) => {
    const bytes = Buffer.from(data as ArrayBuffer);
    const channel = bytes[0] ?? TROUBLE;
    const isFirst = !begun.has(channel);
    begun.add(channel);
    const rest = bytes.subarray(isFirst ? 3 : 1);
    if (rest.length === 0) return;
    if (channel === DATA) stream.push(rest);
    else stream.destroy(new Error(rest.toString('utf8').slice(0, 300)));
  });
  socket.addEventListener('error', () => stream.destroy(new Error('port forwarding through its API server broke')));
  socket.addEventListener('close', () => stream.push(null));
  return stream;
}
