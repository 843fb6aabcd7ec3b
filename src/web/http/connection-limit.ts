import type { Server } from 'node:net';

/**
 * Closes new connections of a client that has too many open, so that one client cannot take all that the server accepts. A
 * client is an address. A trusted proxy has no limit: all of its users are behind it.
 */
export function limitConnections(
  server: Server,
  mostPerClient: number,
  isProxy: (address: string) => boolean = () => false,
): void {
  const open = new Map<string, number>();
  const count = (client: string) => open.get(client) ?? 0;
  server.on('connection', (socket) => {
    const client = socket.remoteAddress ?? '';
    if (isProxy(client)) return;
    if (count(client) >= mostPerClient) {
      socket.destroy();
      return;
    }
    open.set(client, count(client) + 1);
    socket.once('close', () => {
      const left = count(client) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
  });
}
