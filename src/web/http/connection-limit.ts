import type { Server } from 'node:net';

/**
 * Closes new connections of a client that has too many open, so that one client cannot take all that the server accepts. A
 * client is an address: behind a proxy all users are one.
 */
export function limitConnections(server: Server, mostPerClient: number): void {
  const open = new Map<string, number>();
  const count = (client: string) => open.get(client) ?? 0;
  server.on('connection', (socket) => {
    const client = socket.remoteAddress ?? '';
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
