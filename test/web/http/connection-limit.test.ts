import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitConnections } from '../../../src/web/http/connection-limit.ts';

let server: Server;
beforeEach(async () => {
  server = createServer();
  limitConnections(server, 2);
  server.on('connection', (socket) => socket.on('error', () => undefined).write('hello'));
  server.listen(0);
  await once(server, 'listening');
});
afterEach(() => void server.close());

/** Connects from one of this machine's own addresses. */
function open(localAddress: string) {
  const { port } = server.address() as AddressInfo;
  return connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
}
const isServed = (socket: Socket) =>
  new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });

test('a client with too many connections gets no more until it closes one; others are served', async () => {
  const held = [open('127.0.0.2'), open('127.0.0.2')];
  expect(await Promise.all(held.map(isServed))).toEqual([true, true]);
  expect(await isServed(open('127.0.0.2'))).toBe(false);
  const other = open('127.0.0.3');
  expect(await isServed(other)).toBe(true);
  held[0]!.destroy();
  await once(held[0]!, 'close');
  // The server learns of it a moment later.
  let last = open('127.0.0.2');
  while (!(await isServed(last))) last = open('127.0.0.2');
  for (const socket of [held[1]!, other, last]) socket.destroy();
});
