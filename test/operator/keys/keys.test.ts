import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { sshAuthority, sshKeys } from '../../../src/operator/keys/ssh.ts';
import { tlsAuthority, tlsKeys } from '../../../src/operator/keys/tls.ts';
import { parseCertificate } from '../../../src/pki/certificate.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const life = (days: number, now = NOW) => ({ days, now });
const desired = { network: 'acme', phase: 'steady', days: 3650, now: NOW } as const;

describe('ssh keys', () => {
  const hub = { site: 'germany', role: 'hub' } as const;

  it('are created once and kept', async () => {
    const authority = await sshAuthority({});
    expect(await sshAuthority(authority)).toEqual(authority);
    const first = await sshKeys(authority, hub, {}, life(90));
    expect(first.validUntil - NOW).toBeGreaterThan(89 * DAY);
    expect(await sshKeys(authority, hub, first.files, life(90))).toEqual(first);
    expect(Object.keys(first.files)).toEqual(expect.arrayContaining(['ca.pub', 'host_key', 'known_hosts', 'user_key']));
    expect(Object.keys(first.files)).not.toContain('ca');
  });

  it('get new certificates before the old ones expire, for the same keys', async () => {
    const authority = await sshAuthority({});
    const old = await sshKeys(authority, hub, {}, life(20));
    const renewed = await sshKeys(authority, hub, old.files, life(90));
    expect(renewed.validUntil - NOW).toBeGreaterThan(89 * DAY);
    expect(renewed.files.user_key).toBe(old.files.user_key);
    const certificate = parseCertificate(renewed.files['user_key-cert.pub']!);
    expect(certificate?.principals).toEqual(['germany']);
  });

  it('get new certificates for another authority', async () => {
    const old = await sshKeys(await sshAuthority({}), hub, {}, life(90));
    const { files } = await sshKeys(await sshAuthority({}), hub, old.files, life(90));
    expect(files['user_key-cert.pub']).not.toBe(old.files['user_key-cert.pub']);
    expect(files.known_hosts).not.toBe(old.files.known_hosts);
  });
});

describe('certificates for HTTPS', () => {
  const names = ['germany.acme.svc', 'germany'];

  it('are trusted by clients that know the authority, for their names only', async () => {
    const authority = await tlsAuthority({}, desired);
    const { files } = await tlsKeys(authority, names, {}, life(90));
    const server = createServer({ cert: files['tls.crt'], key: files['tls.key'] }, (_request, response) => {
      response.end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = async (servername: string, ca?: string) => {
      const dispatcher = new Agent({ connect: { servername, ...(ca !== undefined && { ca }) } });
      try {
        return await (await request(`https://127.0.0.1:${port}/`, { dispatcher })).body.text();
      } finally {
        await dispatcher.close();
      }
    };
    try {
      expect(await ask('germany.acme.svc', authority['tls.crt'])).toBe('hello');
      await expect(ask('brazil.acme.svc', authority['tls.crt'])).rejects.toThrow(/altnames/);
      await expect(ask('germany.acme.svc')).rejects.toThrow();
      const other = await tlsAuthority({}, desired);
      await expect(ask('germany.acme.svc', other['tls.crt'])).rejects.toThrow();
    } finally {
      server.close();
    }
  });

  it('are kept until a third of their lifetime remains, or the names or the authority change', async () => {
    const authority = await tlsAuthority({}, desired);
    expect(await tlsAuthority(authority, desired)).toEqual(authority);
    const first = await tlsKeys(authority, names, {}, life(90));
    expect(Math.round((first.validUntil - NOW) / DAY)).toBe(90);
    expect(await tlsKeys(authority, names, first.files, life(90, NOW + 59 * DAY))).toEqual(first);
    const later = NOW + 70 * DAY;
    expect(Math.round(((await tlsKeys(authority, names, first.files, life(90, later))).validUntil - later) / DAY)).toBe(
      90,
    );
    expect((await tlsKeys(authority, ['other'], first.files, life(90))).files).not.toEqual(first.files);
    const stranger = await tlsAuthority({}, desired);
    expect((await tlsKeys(stranger, names, first.files, life(90))).files).not.toEqual(first.files);
    const broken = { 'tls.crt': 'nonsense', 'tls.key': '' };
    expect((await tlsKeys(authority, names, broken, life(90))).files['tls.crt']).toMatch(/BEGIN CERTIFICATE/);
  });
});
