import { X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { type Endpoint, isLoopback } from '../../api/address.ts';
import type { SiteDir } from '../../base/site-dir.ts';
import { readIfThere, writeIfChanged } from '../link/files.ts';

export interface PageTls {
  cert: string;
  key: string;
}

const DAYS = 397;
const RENEW_DAYS = 30;
const DAY = 86_400_000;

/**
 * The certificate of a page: the given one, else where others than this machine reach the page one that signs itself,
 * kept and made anew before it ends. Undefined: plain HTTP on loopback.
 * @param now Unix ms
 */
export async function pageTls(dir: SiteDir, site: string, listen: Endpoint, now: number): Promise<PageTls | undefined> {
  const given = readPair(dir.page.certificate, dir.page.key);
  if (given || isLoopback(listen)) return given;
  const [certificate, key] = [join(dir.page.state, 'tls.crt'), join(dir.page.state, 'tls.key')];
  const kept = readPair(certificate, key);
  if (kept && Date.parse(new X509Certificate(kept.cert).validTo) > now + RENEW_DAYS * DAY) return kept;
  const made = await selfMade(site, now);
  mkdirSync(dir.page.state, { recursive: true, mode: 0o700 });
  writeIfChanged(key, made.key);
  writeIfChanged(certificate, made.cert, 0o644);
  return made;
}

function readPair(certificate: string, key: string): PageTls | undefined {
  const [cert, secret] = [readIfThere(certificate), readIfThere(key)];
  return cert !== undefined && secret !== undefined ? { cert, key: secret } : undefined;
}

async function selfMade(site: string, now: number): Promise<PageTls> {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  const names = [...new Set([site, hostname(), 'localhost'])];
  const made = await generate([{ name: 'commonName', value: `SiteSync ${site}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY),
    notAfterDate: new Date(now + DAYS * DAY),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...addresses.filter((one) => !one.startsWith('fe80')).map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
