import { createPrivateKey, X509Certificate } from 'node:crypto';
import { trustedKeys } from '../../pki/authority.ts';
import { parseCertificate, publicKeyBlob } from '../../pki/certificate.ts';
import { sshFiles } from '../../pki/keys.ts';
import { parsePrivateKey } from '../../pki/private-key.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Files } from './scratch.ts';
import { CERTIFICATE, KEY } from './tls.ts';

/**
 * Validates what users supply in Secrets of their own before anything uses it. All functions are pure and return undefined
 * when it is usable; otherwise what is wrong and how to fix it, as a clause that follows the name of the Secret.
 */
type Fault = string | undefined;

const { userKey, userCertificate, hostKey, hostCertificate } = sshFiles('');
/** The files in a Secret with a site's ssh keys. */
export const LINK_FILES: Record<SitePlan['role'], string[]> = {
  child: [userKey, userCertificate],
  hub: [userKey, userCertificate, hostKey, hostCertificate],
};

/** A network's ssh authority: `ca` and `ca.pub`, or `ca.pub` alone when every Site brings its own certificates. */
export function authorityFault(files: Files): Fault {
  const lines = trustedKeys(files).split('\n').filter(Boolean);
  if (!files['ca.pub']) return 'ca.pub is missing: add the public key of the authority';
  const other = lines.find((line) => !/^ssh-ed25519 \S+/.test(line));
  if (other !== undefined)
    return `"${other.slice(0, 40)}" is not an Ed25519 public key: SiteSync only supports Ed25519`;
  if (files.ca === undefined) return undefined;
  const key = parsePrivateKey(files.ca);
  if (!key) return 'ca is not an OpenSSH private key: create one with ssh-keygen -t ed25519';
  if (key.encrypted) return 'ca has a passphrase: remove it with ssh-keygen -p';
  return key.publicKey.equals(publicKeyBlob(files['ca.pub'] ?? '')) ? undefined : 'ca and ca.pub do not match';
}

/**
 * A site's ssh keys and certificates.
 * @param trusted public keys of the network's authorities, one per line
 */
export function linkKeysFault(
  files: Files,
  plan: Pick<SitePlan, 'site' | 'role'>,
  trusted: string,
  now: number,
): Fault {
  const authorities = trusted.split('\n').filter(Boolean).map(publicKeyBlob);
  const parts: [key: string, certificate: string, type: 'user' | 'host'][] = [[userKey, userCertificate, 'user']];
  if (plan.role === 'hub') parts.push([hostKey, hostCertificate, 'host']);
  for (const [keyName, name, type] of parts) {
    const [key, certificate] = [parsePrivateKey(files[keyName] ?? ''), parseCertificate(files[name] ?? '')];
    if (!key) return `${keyName} is missing or not an OpenSSH private key`;
    if (key.encrypted) return `${keyName} has a passphrase: remove it with ssh-keygen -p`;
    if (!certificate) return `${name} is missing or not a certificate of an Ed25519 key`;
    if (!certificate.publicKey.equals(key.publicKey)) return `${name} is not for the key in ${keyName}`;
    if (certificate.type !== type)
      return `${name} is not a ${type} certificate: sign it ${type === 'host' ? 'with' : 'without'} -h`;
    if (!certificate.principals.includes(plan.site))
      return `${name} is for "${certificate.principals.join()}": sign it with -n ${plan.site}`;
    if (!authorities.some((authority) => authority.equals(certificate.authority)))
      return `${name} is signed by an authority that the network does not trust: add its public key to the authority's Secret`;
    if (type === 'user' && !certificate.extensions.includes('permit-port-forwarding'))
      return `${name} does not allow forwards: sign it with -O permit-port-forwarding`;
    if (certificate.validUntil <= now) return `${name} has expired: renew it`;
  }
  return undefined;
}

/** An HTTPS certificate as cert-manager writes it: tls.crt, tls.key, and ca.crt of its issuer. */
export function tlsFault(files: Files, host: string, now: number): Fault {
  for (const name of [CERTIFICATE, KEY, 'ca.crt']) if (!files[name]) return `${name} is missing`;
  try {
    const [certificate, root] = [new X509Certificate(files[CERTIFICATE]!), new X509Certificate(files['ca.crt']!)];
    const key = createPrivateKey(files[KEY]!);
    if (!certificate.checkPrivateKey(key)) return `${CERTIFICATE} is not for the key in ${KEY}`;
    if (!certificate.checkHost(host)) return `${CERTIFICATE} is not for ${host}: add this name to it`;
    if (!isIssuedBy(files[CERTIFICATE]!, files['ca.crt']!))
      return `${CERTIFICATE} is not issued by the authority in ca.crt`;
    const ended = [certificate, root].findIndex(({ validTo }) => Date.parse(validTo) <= now);
    return ended < 0 ? undefined : `${[CERTIFICATE, 'ca.crt'][ended]} has expired: renew it`;
  } catch (error) {
    return `it cannot be read: ${(error as Error).message}`;
  }
}

/** Whether a certificate leads to one of these authorities through the ones that follow it in its file. */
function isIssuedBy(chain: string, roots: string): boolean {
  const certificates = (text: string) =>
    (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
      (one) => new X509Certificate(one),
    );
  const by = (one: X509Certificate, issuer: X509Certificate) => one.checkIssued(issuer) && one.verify(issuer.publicKey);
  const links = certificates(chain);
  return links.every((one, i) => {
    const next = links[i + 1];
    return next ? by(one, next) : certificates(roots).some((root) => by(one, root));
  });
}

/** An HTTPS authority as cert-manager writes it: tls.crt and tls.key. */
export function tlsAuthorityFault(files: Files, now: number): Fault {
  for (const name of [CERTIFICATE, KEY]) if (!files[name]) return `${name} is missing`;
  try {
    const certificate = new X509Certificate(files[CERTIFICATE]!);
    if (!certificate.ca) return `${CERTIFICATE} is not a CA certificate: issue it with isCA`;
    const key = createPrivateKey(files[KEY]!);
    if (!certificate.checkPrivateKey(key)) return `${CERTIFICATE} is not for the key in ${KEY}`;
    if (!['rsa', 'ec'].includes(key.asymmetricKeyType ?? ''))
      return `${KEY} is neither RSA nor ECDSA: use one of these`;
    return Date.parse(certificate.validTo) <= now ? `${CERTIFICATE} has expired: renew it` : undefined;
  } catch (error) {
    return `it cannot be read: ${(error as Error).message}`;
  }
}
