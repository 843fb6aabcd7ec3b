import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { authorityFiles, ensureCa, trustedAuthorities } from './authority.ts';
import { type Certificate, fingerprint, parseCertificate, publicKeyBlob } from './certificate.ts';
import { ensureKey, keygen, withScratchDir } from './keygen.ts';

const DAY = 86_400_000;

/** The identity of a site on the links of its network. */
export interface Identity {
  /** Of the site's user key: "SHA256:…". */
  fingerprint: string;
  /** Unix ms: when the first of its certificates expires. */
  validUntil: number;
}

/** Where a site keeps its keys and certificates: SiteDir.keys. */
export function sshFiles(dir: string) {
  return {
    ca: join(dir, 'ca.pub'),
    knownHosts: join(dir, 'known_hosts'),
    userKey: join(dir, 'user_key'),
    userCertificate: join(dir, 'user_key-cert.pub'),
    hostKey: join(dir, 'host_key'),
    hostCertificate: join(dir, 'host_key-cert.pub'),
  };
}

/** The site whose certificates are issued. */
type CertifiedSite = Pick<SitePlan, 'site' | 'role' | 'external'>;

/** The lifetime of certificates and the time it is measured from. */
export interface Validity {
  days: number;
  /** Unix ms. */
  now: number;
}

/** A certificate is renewed when less than this share of its lifetime remains, which leaves time to fix what prevents it. */
const RENEW_BELOW = 1 / 3;
/** Default for certificates that the network issues itself. */
const CERTIFICATE_DAYS = 90;

/** Whether a certificate that expires at `validUntil` (Unix ms) need not be renewed yet. */
export const isFresh = (validUntil: number, { days, now }: Validity) => validUntil - now > days * DAY * RENEW_BELOW;

/**
 * Issues what a site needs for its links, signed by the CA at `caDir`: a user key, at hubs a host key, their certificates,
 * and the public keys of the trusted authorities in the formats of sshd and ssh. Keeps what is present and valid; a
 * certificate is reissued for the same key when a third of its lifetime remains. Runs where the CA's key is, never at a
 * site.
 */
export async function issueSite(
  caDir: string,
  plan: CertifiedSite,
  keysDir: string,
  validity: Validity = { days: CERTIFICATE_DAYS, now: Date.now() },
): Promise<Identity> {
  const ca = await ensureCa(caDir);
  const files = sshFiles(keysDir);
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  chmodSync(keysDir, 0o700);
  for (const [name, text] of Object.entries(trustFiles(trustedAuthorities(caDir))))
    writeIfChanged(join(keysDir, name), text);
  const wish = { ca, caKey: authorityFiles(caDir).key, site: plan.site, external: plan.external, validity };
  await ensureCertificate({ ...wish, key: files.userKey, type: 'user' });
  if (plan.role === 'hub') await ensureCertificate({ ...wish, key: files.hostKey, type: 'host' });
  else for (const path of [files.hostKey, `${files.hostKey}.pub`, files.hostCertificate]) rmSync(path, { force: true });
  return readIdentity(keysDir);
}

/**
 * The principal by which a hub accepts an external site. It includes the key: after a revocation the site has another key,
 * and the old certificate is useless although still valid. Pods use their plain name: their keys never leave the cluster.
 */
export function pinnedPrincipal(site: string, publicKey: string): string {
  return `${site}.${createHash('sha256').update(publicKeyBlob(publicKey)).digest('hex').slice(0, 24)}`;
}

/** The files that make a site trust exactly these authorities (public keys, one per line), for sshd and for ssh. */
export function trustFiles(authorities: string): Record<string, string> {
  const { ca, knownHosts } = sshFiles('');
  return { [ca]: authorities, [knownHosts]: authorities.replace(/^(?=.)/gm, '@cert-authority * ') };
}

/** The identity that {@link issueSite} made. Throws when there is none. */
export function readIdentity(keysDir: string): Identity {
  const files = sshFiles(keysDir);
  const user = parseCertificate(readFileSync(files.userCertificate, 'utf8'));
  if (!user) throw new Error(`${files.userCertificate} is not a certificate: delete it and start again`);
  const host = parseCertificate(readIfThere(files.hostCertificate) ?? '');
  return {
    fingerprint: fingerprint(user.publicKey),
    validUntil: Math.min(user.validUntil, host?.validUntil ?? user.validUntil),
  };
}

interface CertificateRequest {
  key: string;
  type: 'user' | 'host';
  site: string;
  external: true | undefined;
  ca: string;
  caKey: string;
  validity: Validity;
}

async function ensureCertificate(request: CertificateRequest): Promise<void> {
  const publicKey = await ensureKey(request.key, request.site);
  const path = `${request.key}-cert.pub`;
  const present = parseCertificate(readIfThere(path) ?? '');
  const principal =
    request.external && request.type === 'user' ? pinnedPrincipal(request.site, publicKey) : request.site;
  if (present && fits(present, request, publicKey, principal)) return;
  // No start of validity: an office whose clock is slow must still be able to connect.
  const life = ['-V', `always:+${request.validity.days}d`];
  const rights = request.type === 'host' ? ['-h'] : ['-O', 'clear', '-O', 'permit-port-forwarding'];
  await withScratchDir(request.key, async (scratch) => {
    const copy = join(scratch, 'key.pub');
    writeFileSync(copy, publicKey);
    await keygen('-s', request.caKey, '-I', request.site, '-n', principal, ...rights, ...life, copy);
    renameSync(join(scratch, 'key-cert.pub'), path);
  });
}

function fits(certificate: Certificate, request: CertificateRequest, publicKey: string, principal: string): boolean {
  return (
    certificate.type === request.type &&
    certificate.publicKey.equals(publicKeyBlob(publicKey)) &&
    certificate.authority.equals(publicKeyBlob(request.ca)) &&
    certificate.principals.join() === principal &&
    certificate.criticalOptions.length === 0 &&
    certificate.extensions.join() === (request.type === 'user' ? 'permit-port-forwarding' : '') &&
    isFresh(certificate.validUntil, request.validity)
  );
}
