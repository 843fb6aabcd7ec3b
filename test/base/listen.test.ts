import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { listen } from '../../src/base/listen.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function server(): Server {
  const one = createServer((_request, response) => void response.end('here'));
  servers.push(one);
  return one;
}

it('rejects when the port is taken', async () => {
  const first = server();
  await listen(first, { host: '127.0.0.1', port: 0 }, () => undefined);
  const { port } = first.address() as AddressInfo;
  await expect(listen(server(), { host: '127.0.0.1', port }, () => undefined)).rejects.toThrow('EADDRINUSE');
});

it('keeps answering after later errors, and reports each of them', async () => {
  const told: string[] = [];
  const one = server();
  await listen(one, { host: '127.0.0.1', port: 0 }, ({ message }) => told.push(message));
  // As net does when accept(2) fails.
  for (const message of ['first', 'second']) one.emit('error', new Error(message));
  expect(told).toEqual(['first', 'second']);
  const { port } = one.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
});
