import { createPrivateKey, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { isFresh, type Validity } from '../../pki/keys.ts';
import type { Phase } from '../../topology/rotation.ts';
import type { Files } from './scratch.ts';

const DAY = 86_400_000;
/** A pod's clock may be slow. */
const BACKDATED_MS = 3_600_000;

/** As in Secrets of type kubernetes.io/tls. */
export const CERTIFICATE = 'tls.crt';
export const KEY = 'tls.key';
const NEXT_CERTIFICATE = 'next-tls.crt';
const NEXT_KEY = 'next-tls.key';
const OLD_CERTIFICATE = 'old-tls.crt';

export interface AuthorityOptions {
  network: string;
  phase: Phase;
  days: number;
  now: number;
}

/** The network's HTTPS authority at this phase of its replacement: creates what is missing. Idempotent. */
export async function tlsAuthority(present: Files, options: AuthorityOptions): Promise<Files> {
  const { [CERTIFICATE]: certificate, [KEY]: key } = present;
  const signing =
    certificate !== undefined && key !== undefined
      ? { [CERTIFICATE]: certificate, [KEY]: key }
      : pair(await makeAuthority(options), CERTIFICATE, KEY);
  const { [NEXT_CERTIFICATE]: next, [NEXT_KEY]: nextKey, [OLD_CERTIFICATE]: old } = present;
  const announced = next !== undefined && nextKey !== undefined;
  if (options.phase === 'steady') return signing;
  if (options.phase === 'announced') {
    const kept = announced ? { [NEXT_CERTIFICATE]: next, [NEXT_KEY]: nextKey } : undefined;
    return { ...signing, ...(kept ?? pair(await makeAuthority(options), NEXT_CERTIFICATE, NEXT_KEY)) };
  }
  if (announced) return { [CERTIFICATE]: next, [KEY]: nextKey, [OLD_CERTIFICATE]: signing[CERTIFICATE]! };
  return { ...signing, ...(old !== undefined && { [OLD_CERTIFICATE]: old }) };
}

/** The trusted certificates as one PEM text. */
export function tlsTrust(authority: Files): string {
  const names = [CERTIFICATE, NEXT_CERTIFICATE, OLD_CERTIFICATE];
  return names.flatMap((name) => (authority[name] === undefined ? [] : [`${authority[name].trim()}\n`])).join('');
}

async function makeAuthority({ network, days, now }: AuthorityOptions) {
  // The name must differ from the previous authority's: of two with the same name only one would be tried.
  const name = [
    { name: 'organizationName', value: network },
    { name: 'commonName', value: `SiteSync ${new Date(now).toISOString()}` },
  ];
  return generate(name, {
    ...validity(now, days),
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

const pair = (made: { cert: string; private: string }, certificate: string, key: string): Files => ({
  [certificate]: made.cert,
  [key]: made.private,
});

/** An HTTPS certificate for these names; `validUntil` in Unix ms. */
export interface TlsKeys {
  files: Files;
  validUntil: number;
}

/**
 * Keeps what is present, byte for byte, as long as it was issued by this authority for these names and a third of its
 * lifetime remains.
 */
export async function tlsKeys(authority: Files, names: string[], present: Files, life: Validity): Promise<TlsKeys> {
  const ca = new X509Certificate(authority[CERTIFICATE]!);
  const known = certificateOf(present);
  if (known && fits(known, ca, names) && isFresh(Date.parse(known.validTo), life))
    return { files: present, validUntil: Date.parse(known.validTo) };
  const made = await generate([{ name: 'commonName', value: names[0]! }], {
    ...validity(life.now, life.days),
    // A supplied authority may have another type of key.
    keyType: createPrivateKey(authority[KEY]!).asymmetricKeyType === 'rsa' ? 'rsa' : 'ec',
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
    return undefined; // unreadable: it is replaced
  }
}

function fits(certificate: X509Certificate, ca: X509Certificate, names: string[]): boolean {
  const wanted = names.map((name) => `DNS:${name}`).sort();
  const present = (certificate.subjectAltName ?? '').split(', ').sort();
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey) && wanted.join() === present.join();
}
