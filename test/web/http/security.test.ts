import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { requireTimelyBody } from '../../../src/web/http/security.ts';

const WITHIN_MS = 50;
let server: Server;
afterEach(() => void server.close());

/** Answers in two parts: the second one long after a body had to be there. */
async function serve(): Promise<number> {
  const app = express();
  app.use(requireTimelyBody(WITHIN_MS), express.json());
  app.use((_request, response) => {
    response.write('first,');
    setTimeout(() => response.end('last'), 4 * WITHIN_MS);
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function ask(request: string): Promise<string> {
  const socket = connect(await serve(), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(request);
  return text(socket).catch(() => 'cut');
}

test.each([
  ['a download', 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  [
    'the answer to a body',
    'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  ],
  [
    'the answer to a body that nobody reads',
    'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}',
  ],
])('%s may last longer than a request may take', async (_what, request) => {
  expect(await ask(request)).toMatch(/first,[\s\S]*last/);
});

test('a body that does not come in time ends the connection', async () => {
  const request = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{';
  expect(await ask(request)).not.toContain('last');
});
