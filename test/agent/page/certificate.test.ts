import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { pageCertificate } from '../../../src/agent/page/certificate.ts';
import { followCertificate } from '../../../src/agent/page/follow-certificate.ts';
import { type SiteDir, siteDir } from '../../../src/base/site-dir.ts';
import { startSites } from '../../support/agents.ts';
import { freePort } from '../../support/net.ts';
import { until } from '../../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-page-'));
const dir = siteDir(join(temp, 'brazil'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));
const pageTls = async (...args: Parameters<typeof pageCertificate>) => (await pageCertificate(...args)).tls;
const open = { host: '0.0.0.0', port: 8443 };

test('loopback needs no certificate; elsewhere one is created, kept, and renewed before it expires', async () => {
  const now = Date.now();
  expect(await pageTls(dir, 'brazil', { host: '127.0.0.1', port: 1 }, now)).toBeUndefined();
  const made = (await pageTls(dir, 'brazil', open, now))!;
  expect(await pageTls(dir, 'brazil', open, now)).toEqual(made);
  expect(statSync(join(dir.state, 'page', 'tls.key')).mode & 0o777).toBe(0o600);
  const later = (await pageTls(dir, 'brazil', open, now + 380 * 86_400_000))!;
  expect(later.cert).not.toBe(made.cert);
  expect(new X509Certificate(later.cert).subjectAltName).toContain('127.0.0.1');
});

test('serves a browser that trusts the certificate', async () => {
  const tls = (await pageTls(siteDir(join(temp, 'spain')), 'spain', open, Date.now()))!;
  const port = await freePort();
  const server = createServer(tls, (_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const status = await new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, ca: tls.cert, agent: false }, (response) => resolve(response.statusCode)).on(
      'error',
      reject,
    );
  });
  server.close();
  expect(status).toBe(200);
});

/** The certificate that a new connection gets. */
const shown = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()!.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });

function supply({ page }: SiteDir, { cert, key }: { cert: string; key: string }): void {
  mkdirSync(dirname(page.certificate), { recursive: true });
  for (const [path, text] of [
    [page.key, key],
    [page.certificate, cert],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

const made = async (name: string) => (await pageTls(siteDir(join(temp, name)), name, open, Date.now()))!;

test('an unusable supplied certificate does not keep a site from starting, and is reported', async () => {
  const given = siteDir(join(temp, 'peru'));
  const [a, b] = [await made('a'), await made('b')];
  supply(given, a);
  expect(await pageCertificate(given, 'peru', open, Date.now())).toEqual({ tls: a });
  expect((await pageCertificate(given, 'peru', open, Date.now() + 400 * 86_400_000)).problem).toMatchObject({
    code: 'pageCertificateExpired',
    params: { file: given.page.certificate },
  });
  for (const broken of [
    { ...a, key: b.key },
    { ...a, cert: '' },
    { ...a, cert: 'no PEM' },
    { ...a, key: '' },
  ]) {
    supply(given, broken);
    const { tls, problem } = await pageCertificate(given, 'peru', open, Date.now());
    expect(new X509Certificate(tls!.cert).subject).toBe('CN=SiteSync peru');
    expect(problem?.code).toBe('pageCertificateInvalid');
    expect((await pageCertificate(given, 'peru', open, Date.now(), a)).tls).toBe(a);
  }
});

test('a self-signed certificate is renewed before it expires, while in use', async () => {
  const site = siteDir(join(temp, 'chile'));
  mkdirSync(site.keys, { recursive: true });
  let now = Date.now();
  const first = (await pageTls(site, 'chile', open, now))!;
  const ending = new AbortController();
  const used: string[] = [];
  const parts = {
    dir: site,
    log: pino({ level: 'silent' }),
    now: () => now,
    signal: ending.signal,
    problems: new Map(),
  };
  followCertificate({ ...parts, plan: { site: 'chile' } }, open, first, ({ cert }) => used.push(cert));
  now += 370 * 86_400_000;
  writeFileSync(join(site.keys, 'anything'), '');
  await until(() => used.length > 0, 10_000, 'a new certificate');
  ending.abort();
  expect(Date.parse(new X509Certificate(used[0]!).validTo)).toBeGreaterThan(now + 300 * 86_400_000);
  expect(used[0]).not.toBe(first.cert);
});

test('a running site picks up new certificates; an invalid one leaves the old one in use, and the status says so', async () => {
  const sites = await startSites({ hubs: ['germany'], links: [], page: true });
  const site = sites.get('germany');
  const { port } = site.plan.page!;
  const x509 = ({ cert }: { cert: string }) => new X509Certificate(cert).toString();
  const errors = async () => (await site.status()).errors as string[];
  try {
    const [a, b, c] = [await made('a'), await made('b'), await made('c')];
    await site.killAgent();
    supply(site.dir, a);
    await site.startAgent();
    expect(await shown(port)).toBe(x509(a));
    supply(site.dir, b);
    await until(async () => (await shown(port)) === x509(b), 10_000, 'the new certificate');
    supply(site.dir, { ...c, cert: 'half a fi' });
    await until(
      async () => (await errors()).some((one) => one.startsWith('certificate of the page: ')),
      10_000,
      'an error',
    );
    expect(await shown(port)).toBe(x509(b));
    supply(site.dir, c);
    await until(async () => (await shown(port)) === x509(c), 10_000, 'the new certificate');
    expect(await errors()).toEqual([]);
  } finally {
    await sites.stop();
  }
});
