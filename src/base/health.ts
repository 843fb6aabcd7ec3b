import { createServer } from 'node:http';
import { listen } from './listen.ts';

/**
 * Answers GET /healthz on this port of all addresses until the signal is aborted: 200 while `isWell`, else 503; a process
 * that hangs does not answer. An HTTP probe costs the kubelet a hundredth of a command in the container. Rejects when it
 * cannot listen.
 */
export async function serveHealth(
  port: number,
  signal: AbortSignal,
  isWell: () => boolean = () => true,
): Promise<void> {
  const server = createServer({ keepAlive: false }, (request, response) => {
    const status = request.url === '/healthz' ? (isWell() ? 200 : 503) : 404;
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(status === 200 ? 'ok' : '');
  });
  await listen(server, { port });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
}
