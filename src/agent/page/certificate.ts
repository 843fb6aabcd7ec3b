import { X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { type Endpoint, isLoopback } from '../../api/address.ts';
import { readIfThere, writeIfChanged } from '../../base/files.ts';
import type { SiteDir } from '../../base/site-dir.ts';
import { type Problem, problem } from '../../problems/problem.ts';

export interface PageTls {
  cert: string;
  key: string;
}

/** The certificate of a page, and what is wrong with a supplied one. */
export interface PageCertificate {
  /** Undefined: plain HTTP, on loopback only. */
  tls?: PageTls;
  problem?: Problem;
}

const DAYS = 397;
const RENEW_DAYS = 30;
const DAY = 86_400_000;

/**
 * Chooses the certificate of a page: the supplied one, or else, where other machines can reach the page, a self-signed
 * one, which is kept and renewed before it expires. While a supplied one is unusable, the one in use stays, or a
 * self-signed one is used.
 * @param now Unix ms
 */
export async function pageCertificate(
  dir: SiteDir,
  site: string,
  listen: Endpoint,
  now: number,
  inUse?: PageTls,
): Promise<PageCertificate> {
  const given = readPair(dir.page.certificate, dir.page.key);
  if (!given) return isLoopback(listen) ? {} : { tls: await selfMade(dir, site, now) };
  const why = unusable(given);
  if (why !== undefined) {
    const invalid = problem('pageCertificateInvalid', { file: dir.page.certificate, why });
    return { tls: inUse ?? (await selfMade(dir, site, now)), problem: invalid };
  }
  const { validTo } = new X509Certificate(given.cert);
  if (Date.parse(validTo) > now) return { tls: given };
  return { tls: given, problem: problem('pageCertificateExpired', { file: dir.page.certificate, date: validTo }) };
}

/** Why it is unusable; undefined if it is usable. */
function unusable({ cert, key }: PageTls): string | undefined {
  if (cert === '' || key === '') return `${cert === '' ? 'tls.crt' : 'tls.key'} is missing or empty`;
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function readPair(certificate: string, key: string): PageTls | undefined {
  const [cert, secret] = [readIfThere(certificate), readIfThere(key)];
  return cert === undefined && secret === undefined ? undefined : { cert: cert ?? '', key: secret ?? '' };
}

async function selfMade(dir: SiteDir, site: string, now: number): Promise<PageTls> {
  const [certificate, key] = [join(dir.page.state, 'tls.crt'), join(dir.page.state, 'tls.key')];
  const kept = readPair(certificate, key);
  const lasts = (cert: string) => Date.parse(new X509Certificate(cert).validTo) > now + RENEW_DAYS * DAY;
  if (kept && unusable(kept) === undefined && lasts(kept.cert)) return kept;
  const made = await make(site, now);
  mkdirSync(dir.page.state, { recursive: true, mode: 0o700 });
  writeIfChanged(key, made.key);
  writeIfChanged(certificate, made.cert, 0o644);
  return made;
}

async function make(site: string, now: number): Promise<PageTls> {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  const names = [...new Set([site, hostname(), 'localhost'])];
  // Loaded when it is needed, once in a year: it takes a fifth of a second.
  const { generate } = await import('selfsigned');
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
