import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import express from 'express';
import { afterAll, expect, test } from 'vitest';
import type { Page } from '../../../src/web/routes/page.ts';
import { sendZip } from '../../../src/web/routes/zip.ts';
import { until } from '../../support/until.ts';

const FILES = 4000;
const SIZE = 10_000;
let walked = 0;
let ended = false;

async function* walk() {
  try {
    for (let i = 0; i < FILES; i++) {
      walked++;
      const read = async () => Readable.from([Buffer.alloc(SIZE, 'x')]);
      yield { path: `${i}.txt`, kind: 'file' as const, mtime: new Date(0), mode: 0o644, read };
    }
  } finally {
    ended = true;
  }
}

const app = express();
app.get('/', (_request, response) =>
  sendZip(response, { browse: { walk } } as unknown as Pick<Page, 'browse'>, 'projects', ''),
);
const server = createServer(app).listen(0, '127.0.0.1');
afterAll(() => server.close());
const ask = () =>
  new Promise<IncomingMessage>((resolve) => get({ port: (server.address() as AddressInfo).port }, resolve));

test('a zip begins at once, and the tree is walked only as fast as it is downloaded', async () => {
  walked = 0;
  const answer = await ask();
  answer.pause();
  await until(async () => walked > 0, 5000, 'the beginning');
  // Whatever fits into the buffers of two sockets.
  const looked = await until(
    async () => {
      const before = walked;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return before === walked && before;
    },
    10_000,
    'a halt',
  );
  expect(looked).toBeLessThan(FILES / 2);
  let size = 0;
  for await (const part of answer) size += (part as Buffer).length;
  expect([walked, size > FILES * SIZE]).toEqual([FILES, true]);
}, 60_000);

test('nothing is walked any more for somebody who has gone', async () => {
  ended = false;
  const answer = await ask();
  answer.destroy();
  await until(async () => ended, 10_000, 'the end of the walk');
});
