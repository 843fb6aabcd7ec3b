import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { trustedProxies } from '../../../src/web/http/trusted-proxies.ts';

test('only the proxies that are named are trusted, in both families', () => {
  const is = trustedProxies(['127.0.0.1', '10.1.0.0/16', 'fd00::/8']);
  for (const peer of ['127.0.0.1', '::ffff:127.0.0.1', '10.1.255.1', '::ffff:10.1.2.3', 'fd12::1'])
    expect([peer, is(peer)]).toEqual([peer, true]);
  for (const peer of ['127.0.0.2', '10.2.0.1', '::1', 'fe80::1', 'unknown', ''])
    expect([peer, is(peer)]).toEqual([peer, false]);
  expect(trustedProxies([])('127.0.0.1')).toBe(false);
});

test('an address that a client claims is believed only of a trusted proxy, and only the last one', async () => {
  const app = express();
  let trusted: string[] = [];
  app.set('trust proxy', (peer: string) => trustedProxies(trusted)(peer));
  app.get('/', (request, response) => void response.send(request.ip));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async () =>
    (await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-forwarded-for': '1.2.3.4, 192.0.2.7' } })).text();
  expect(await ask()).toBe('127.0.0.1');
  trusted = ['127.0.0.1'];
  expect(await ask()).toBe('192.0.2.7');
  server.close();
});
