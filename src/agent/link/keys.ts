import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type Certificate, fingerprint, parseCertificate, publicKeyBlob } from './certificate.ts';
import { readIfThere, writeIfChanged } from './files.ts';

const DAY = 86_400_000;

/** Who a site is on the links of its network. */
export interface Identity {
  /** Of the site's user key: "SHA256:…". */
  fingerprint: string;
  /** Unix ms: when the first of its certificates expires. */
  validUntil: number;
}

/** Where a site keeps its keys and certificates, below SiteDir.keys. */
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

/** Makes the network's CA at `dir`/ca and ca.pub unless it is there. Two at once end up with the same one. Returns the public key line. */
export async function ensureCa(dir: string): Promise<string> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return ensureKey(join(dir, 'ca'), 'sitesync-ca');
}

/**
 * Gives the site what it needs for its links, signed by the CA at `caDir`: a user key, at hubs a host key, their certificates, the CA's
 * public key and known_hosts. What is present and valid stays untouched; a certificate is made anew when less than a quarter of
 * `validDays` remains. Runs where the CA's key is: never at a site.
 */
export async function issueSite(
  caDir: string,
  plan: Pick<SitePlan, 'site' | 'role'>,
  keysDir: string,
  validDays = 3650,
): Promise<Identity> {
  const ca = await ensureCa(caDir);
  const files = sshFiles(keysDir);
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  chmodSync(keysDir, 0o700);
  writeIfChanged(files.ca, ca);
  writeIfChanged(files.knownHosts, `@cert-authority * ${ca}`);
  const wish = { ca, caKey: join(caDir, 'ca'), site: plan.site, validDays };
  await ensureCertificate({ ...wish, key: files.userKey, type: 'user' });
  if (plan.role === 'hub') await ensureCertificate({ ...wish, key: files.hostKey, type: 'host' });
  return readIdentity(keysDir);
}

/** The identity that {@link issueSite} made. Throws when there is none. */
export function readIdentity(keysDir: string): Identity {
  const files = sshFiles(keysDir);
  const user = parseCertificate(readFileSync(files.userCertificate, 'utf8'));
  if (!user) throw new Error(`${files.userCertificate} is no certificate: remove it and start again`);
  const host = parseCertificate(readIfThere(files.hostCertificate) ?? '');
  return {
    fingerprint: fingerprint(user.publicKey),
    validUntil: Math.min(user.validUntil, host?.validUntil ?? user.validUntil),
  };
}

interface Wish {
  key: string;
  type: 'user' | 'host';
  site: string;
  ca: string;
  caKey: string;
  validDays: number;
}

async function ensureCertificate(wish: Wish): Promise<void> {
  const publicKey = await ensureKey(wish.key, wish.site);
  const path = `${wish.key}-cert.pub`;
  const present = parseCertificate(readIfThere(path) ?? '');
  if (present && fits(present, wish, publicKey)) return;
  // No start of validity: an office whose clock is behind must still connect.
  const validity = ['-V', `always:+${wish.validDays}d`];
  const rights = wish.type === 'host' ? ['-h'] : ['-O', 'clear', '-O', 'permit-port-forwarding'];
  await inScratch(wish.key, async (scratch) => {
    const copy = join(scratch, 'key.pub');
    writeFileSync(copy, publicKey);
    await keygen('-s', wish.caKey, '-I', wish.site, '-n', wish.site, ...rights, ...validity, copy);
    renameSync(join(scratch, 'key-cert.pub'), path);
  });
}

function fits(certificate: Certificate, wish: Wish, publicKey: string): boolean {
  return (
    certificate.type === wish.type &&
    certificate.publicKey.equals(publicKeyBlob(publicKey)) &&
    certificate.authority.equals(publicKeyBlob(wish.ca)) &&
    certificate.principals.join() === wish.site &&
    certificate.criticalOptions.length === 0 &&
    certificate.extensions.join() === (wish.type === 'user' ? 'permit-port-forwarding' : '') &&
    certificate.validUntil - Date.now() > (wish.validDays * DAY) / 4
  );
}

/** The private key decides: the .pub file is made from it, so that the two always belong together. */
async function ensureKey(path: string, comment: string): Promise<string> {
  if (readIfThere(path) === undefined) {
    await inScratch(path, async (scratch) => {
      const key = join(scratch, 'key');
      await keygen('-t', 'ed25519', '-N', '', '-C', comment, '-f', key);
      try {
        linkSync(key, path); // unlike rename, never replaces the key that another process has just made
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    });
  }
  chmodSync(path, 0o600); // OpenSSH refuses a key that others can read, as volumes sometimes make it
  const publicKey = `${(await keygen('-y', '-f', path)).trim()}\n`;
  writeIfChanged(`${path}.pub`, publicKey);
  return publicKey;
}

async function inScratch(path: string, work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(path, '..', `.${basename(path)}-`));
  try {
    await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function keygen(...args: string[]): Promise<string> {
  return (await execa('ssh-keygen', args, { stdin: 'ignore' })).stdout;
}
