import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { Files } from './scratch.ts';

const DAY = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** A pod's clock may be behind. */
const BACKDATED_MS = 3_600_000;

/** As in Kubernetes' Secrets of type kubernetes.io/tls. */
const CERTIFICATE = 'tls.crt';
const KEY = 'tls.key';

/** The network's certificate authority for HTTPS: what is present stays, what is missing is made. */
export async function tlsAuthority(present: Files, network: string, now: number): Promise<Files> {
  if (present[CERTIFICATE] !== undefined && present[KEY] !== undefined) return present;
  const made = await generate([{ name: 'commonName', value: `SiteSync network ${network}` }], {
    ...validity(now, AUTHORITY_DAYS),
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { [CERTIFICATE]: made.cert, [KEY]: made.private };
}

/** A certificate for HTTPS under these names; `validUntil` in Unix ms. */
export interface TlsKeys {
  files: Files;
  validUntil: number;
}

/**
 * What is present stays, to the byte, as long as it is of this authority and for these names, and a quarter of
 * `validDays` remains.
 */
export async function tlsKeys(
  authority: Files,
  names: string[],
  present: Files,
  validDays: number,
  now: number,
): Promise<TlsKeys> {
  const ca = new X509Certificate(authority[CERTIFICATE]!);
  const known = certificateOf(present);
  if (known && fits(known, ca, names) && Date.parse(known.validTo) - now > (validDays * DAY) / 4)
    return { files: present, validUntil: Date.parse(known.validTo) };
  const made = await generate([{ name: 'commonName', value: names[0]! }], {
    ...validity(now, validDays),
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority[KEY]!, cert: authority[CERTIFICATE]! },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2 as const, value })) },
    ],
  });
  const files = { [CERTIFICATE]: made.cert, [KEY]: made.private };
  return { files, validUntil: Date.parse(new X509Certificate(made.cert).validTo) };
}

function validity(now: number, days: number) {
  return { notBeforeDate: new Date(now - BACKDATED_MS), notAfterDate: new Date(now + days * DAY) };
}

function certificateOf(files: Files): X509Certificate | undefined {
  if (files[CERTIFICATE] === undefined || files[KEY] === undefined) return undefined;
  try {
    return new X509Certificate(files[CERTIFICATE]);
  } catch {
    return undefined; // whatever it is, it is replaced
  }
}

function fits(certificate: X509Certificate, ca: X509Certificate, names: string[]): boolean {
  const wanted = names.map((name) => `DNS:${name}`).sort();
  const present = (certificate.subjectAltName ?? '').split(', ').sort();
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey) && wanted.join() === present.join();
}
