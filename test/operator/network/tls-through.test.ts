import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Files } from '../../../src/operator/keys/scratch.ts';
import { tlsAuthority, tlsKeys } from '../../../src/operator/keys/tls.ts';
import { tlsThrough } from '../../../src/operator/network/tls-through.ts';

const NAME = 'sydney.acme.svc';

describe('tlsThrough', () => {
  let authority: Files;
  let other: Files;
  const server = { port: 0, close: () => undefined as void };
  beforeAll(async () => {
    const validity = { days: 1, now: Date.now() };
    [authority, other] = (await Promise.all(
      ['one', 'other'].map((network) => tlsAuthority({}, { network, phase: 'steady', ...validity })),
    )) as [Files, Files];
    const { files } = await tlsKeys(authority, [NAME], {}, validity);
    const agent = createTlsServer({ cert: files['tls.crt']!, key: files['tls.key']! }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    });
    agent.on('tlsClientError', () => undefined);
    agent.listen(0, '127.0.0.1');
    await once(agent, 'listening');
    server.port = (agent.address() as AddressInfo).port;
    server.close = () => void agent.close();
  });
  afterAll(() => server.close());

  const ask = async (ca: Files, open: () => Promise<Duplex>) => {
    const dispatcher = new Agent({ connect: tlsThrough(open, { ca: ca['tls.crt']! }) });
    try {
      const { body } = await request(`https://${NAME}:8443/`, { dispatcher, signal: AbortSignal.timeout(5000) });
      return await body.text();
    } finally {
      await dispatcher.destroy();
    }
  };
  const toServer = async () => connect(server.port, '127.0.0.1');

  it('connects to a server with a certificate of the authority for that name, and to no other', async () => {
    expect(await ask(authority, toServer)).toBe('ok');
    await expect(ask(other, toServer)).rejects.toThrow(/certificate|signature/);
  });

  it('a stream that breaks, at once or in the middle and more than once, is an error for its user and nobody else', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const broken = async () => {
      const carrier = new Duplex({
        read: () => undefined,
        write: (_chunk, _encoding, done) => done(new Error('refused')),
      });
      carrier.on('error', () => undefined);
      setImmediate(() => carrier.destroy(new Error('broke')));
      return carrier;
    };
    await expect(ask(authority, () => Promise.reject(new Error('no way')))).rejects.toThrow('no way');
    await expect(ask(authority, broken)).rejects.toThrow(/refused|broke|closed/);
    silent.close();
  });
});
