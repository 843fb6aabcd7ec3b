import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import type { Phase } from '../topology/rotation.ts';
import { ensureKey } from './keygen.ts';

/** Where the network's certificate authority for its links is, and while it is replaced, the next one or the one before. */
export function authorityFiles(dir: string) {
  return {
    key: join(dir, 'ca'),
    publicKey: join(dir, 'ca.pub'),
    nextKey: join(dir, 'next-ca'),
    nextPublicKey: join(dir, 'next-ca.pub'),
    oldPublicKey: join(dir, 'old-ca.pub'),
  };
}

/** Makes the network's CA at `dir`/ca and ca.pub unless it is there. Two at once end up with the same one. Returns the public key line. */
export async function ensureCa(dir: string): Promise<string> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return ensureKey(authorityFiles(dir).key, 'sitesync-ca');
}

/**
 * Brings the authority to where its replacement is. Idempotent. After a kill half-way another run may bring it to a later phase than
 * the sites are at, but never drops a key that they still go by: every public key in the folder is trusted.
 */
export async function bringAuthorityTo(dir: string, phase: Phase): Promise<void> {
  await ensureCa(dir);
  const { key, publicKey, nextKey, nextPublicKey, oldPublicKey } = authorityFiles(dir);
  if (phase === 'announced') {
    await ensureKey(nextKey, 'sitesync-ca');
    return;
  }
  if (phase === 'inUse' && readIfThere(nextKey) !== undefined) {
    writeIfChanged(oldPublicKey, readFileSync(publicKey, 'utf8'));
    renameSync(nextKey, key); // with it the private key of the one before is gone
    await ensureCa(dir);
    rmSync(nextPublicKey, { force: true });
  }
  if (phase === 'steady') for (const path of [nextKey, nextPublicKey, oldPublicKey]) rmSync(path, { force: true });
}

/** The public keys of all authorities that sites are to trust: every .pub file of the folder. */
export function trustedAuthorities(dir: string): string {
  const names = readdirSync(dir).filter((name) => name.endsWith('.pub'));
  return trustOf(Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), 'utf8')])));
}

/** Of files by name, the public keys of authorities, one a line. The one that signs is the first: that in ca.pub. */
export function trustOf(files: Record<string, string>): string {
  const names = Object.keys(files).filter((name) => name.endsWith('.pub'));
  const sorted = names.sort((a, b) => Number(b === 'ca.pub') - Number(a === 'ca.pub') || (a < b ? -1 : 1));
  const lines = sorted.flatMap((name) => files[name]!.split('\n').map((line) => line.trim()));
  return [...new Set(lines)]
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}
