import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { pageTls } from '../../../src/agent/page/certificate.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import { freePort } from '../../support/net.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-page-'));
const dir = siteDir(join(temp, 'brazil'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));
const open = { host: '0.0.0.0', port: 8443 };

test('on loopback no certificate is needed; beyond it one is made, kept, and made anew before it ends', async () => {
  const now = Date.now();
  expect(await pageTls(dir, 'brazil', { host: '127.0.0.1', port: 1 }, now)).toBeUndefined();
  const made = (await pageTls(dir, 'brazil', open, now))!;
  expect(await pageTls(dir, 'brazil', open, now)).toEqual(made);
  expect(statSync(join(dir.state, 'page', 'tls.key')).mode & 0o777).toBe(0o600);
  const later = (await pageTls(dir, 'brazil', open, now + 380 * 86_400_000))!;
  expect(later.cert).not.toBe(made.cert);
  expect(new X509Certificate(later.cert).subjectAltName).toContain('127.0.0.1');
});

test('a browser that trusts the certificate is served', async () => {
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
