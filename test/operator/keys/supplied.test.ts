import { describe, expect, it } from 'vitest';
import { sshAuthority, sshKeys } from '../../../src/operator/keys/ssh.ts';
import { authorityFault, linkKeysFault, tlsAuthorityFault, tlsFault } from '../../../src/operator/keys/supplied.ts';
import { tlsAuthority, tlsKeys } from '../../../src/operator/keys/tls.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const life = { days: 90, now: NOW };
const hub = { site: 'germany', role: 'hub' } as const;
const child = { site: 'brazil', role: 'child' } as const;

describe('a supplied ssh authority', () => {
  it('is accepted with its private key, or without', async () => {
    const files = await sshAuthority({});
    expect(authorityFault(files)).toBeUndefined();
    expect(authorityFault({ 'ca.pub': files['ca.pub']! })).toBeUndefined();
  });

  it('is rejected with the reason', async () => {
    const [one, other] = [await sshAuthority({}), await sshAuthority({})];
    expect(authorityFault({})).toMatch(/ca\.pub is missing/);
    expect(authorityFault({ 'ca.pub': 'ssh-rsa AAAA' })).toMatch(/not an Ed25519 public key/);
    expect(authorityFault({ ...one, ca: 'nonsense' })).toMatch(/ca is not an OpenSSH private key/);
    expect(authorityFault({ ...one, 'ca.pub': other['ca.pub']! })).toMatch(/do not match/);
  });
});

describe('"supplied ssh keys of a site"', () => {
  it('are accepted when they are its own and signed by a trusted authority', async () => {
    const authority = await sshAuthority({});
    const { files } = await sshKeys(authority, hub, {}, life);
    expect(linkKeysFault(files, hub, authority['ca.pub']!, NOW)).toBeUndefined();
  });

  it('are rejected with the reason', async () => {
    const authority = await sshAuthority({});
    const trusted = authority['ca.pub']!;
    const [mine, theirs] = [
      await sshKeys(authority, hub, {}, life),
      await sshKeys(authority, { ...hub, site: 'spain' }, {}, life),
    ];
    const fault = (change: Record<string, string>, at = NOW, trust = trusted) =>
      linkKeysFault({ ...mine.files, ...change }, hub, trust, at);
    expect(fault({ user_key: '' })).toMatch(/user_key is missing/);
    expect(fault({ 'user_key-cert.pub': '' })).toMatch(/user_key-cert\.pub is missing/);
    expect(fault({ host_key: '' })).toMatch(/host_key is missing/);
    expect(fault({ user_key: theirs.files.user_key! })).toMatch(/not for the key in user_key/);
    expect(linkKeysFault(theirs.files, hub, trusted, NOW)).toMatch(/is for "spain": sign it with -n germany/);
    expect(fault({}, NOW, (await sshAuthority({}))['ca.pub'])).toMatch(
      /signed by an authority that the network does not/,
    );
    expect(fault({}, NOW + 91 * DAY)).toMatch(/has expired/);
    const swapped = { host_key: mine.files.user_key!, 'host_key-cert.pub': mine.files['user_key-cert.pub']! };
    expect(fault(swapped)).toMatch(/not a host certificate: sign it with -h/);
    expect(linkKeysFault(swapped, child, trusted, NOW)).toMatch(/user_key is missing/);
  });
});

describe('a supplied HTTPS certificate', () => {
  const names = ['germany.acme.svc', 'germany'];

  it('is accepted as cert-manager writes it, and otherwise rejected with the reason', async () => {
    const authority = await tlsAuthority({}, { network: 'acme', phase: 'steady', days: 3650, now: NOW });
    expect(tlsAuthorityFault(authority, NOW)).toBeUndefined();
    expect(tlsAuthorityFault({ ...authority, 'tls.key': '' }, NOW)).toBeDefined();
    const { files } = await tlsKeys(authority, names, {}, life);
    const given = { ...files, 'ca.crt': authority['tls.crt']! };
    expect(tlsFault(given, names[0]!, NOW)).toBeUndefined();
    expect(tlsFault(files, names[0]!, NOW)).toMatch(/ca\.crt/);
    expect(tlsFault(given, 'spain.acme.svc', NOW)).toMatch(/spain\.acme\.svc/);
    expect(tlsFault(given, names[0]!, NOW + 91 * DAY)).toMatch(/expired/);
    const other = await tlsAuthority({}, { network: 'other', phase: 'steady', days: 3650, now: NOW });
    expect(tlsFault({ ...files, 'ca.crt': other['tls.crt']! }, names[0]!, NOW)).toBeDefined();
  });
});
