import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import type { Phase } from '../topology/rotation.ts';
import { ensureKey } from './keygen.ts';

/** The files of the network's ssh authority and, while it is replaced, of the next or previous one. */
export function authorityFiles(dir: string) {
  return {
    key: join(dir, 'ca'),
    publicKey: join(dir, 'ca.pub'),
    nextKey: join(dir, 'next-ca'),
    nextPublicKey: join(dir, 'next-ca.pub'),
    oldPublicKey: join(dir, 'old-ca.pub'),
  };
}

/**
 * Creates the network's CA at `dir`/ca and ca.pub unless it exists. Concurrent calls end up with the same one. Returns the
 * public key line.
 */
export async function ensureCa(dir: string): Promise<string> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return ensureKey(authorityFiles(dir).key, 'sitesync-ca');
}

/**
 * Brings the authority to this phase of its replacement. Idempotent. After an interruption another run may be a phase ahead
 * of the sites, but never drops a key that they still use: every public key in the directory is trusted.
 */
export async function advanceAuthority(dir: string, phase: Phase): Promise<void> {
  await ensureCa(dir);
  const { key, publicKey, nextKey, nextPublicKey, oldPublicKey } = authorityFiles(dir);
  if (phase === 'announced') {
    await ensureKey(nextKey, 'sitesync-ca');
    return;
  }
  if (phase === 'inUse' && readIfThere(nextKey) !== undefined) {
    writeIfChanged(oldPublicKey, readFileSync(publicKey, 'utf8'));
    renameSync(nextKey, key); // this deletes the previous private key
    await ensureCa(dir);
    rmSync(nextPublicKey, { force: true });
  }
  if (phase === 'steady') for (const path of [nextKey, nextPublicKey, oldPublicKey]) rmSync(path, { force: true });
}

/** The public keys of all authorities that sites should trust: every .pub file in the directory. */
export function trustedAuthorities(dir: string): string {
  const names = readdirSync(dir).filter((name) => name.endsWith('.pub'));
  return trustedKeys(Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), 'utf8')])));
}

/** The public keys of authorities among these files, one per line. The signing one, in ca.pub, comes first. */
export function trustedKeys(files: Record<string, string>): string {
  const names = Object.keys(files).filter((name) => name.endsWith('.pub'));
  const sorted = names.sort((a, b) => Number(b === 'ca.pub') - Number(a === 'ca.pub') || (a < b ? -1 : 1));
  const lines = sorted.flatMap((name) => files[name]!.split('\n').map((line) => line.trim()));
  return [...new Set(lines)]
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}
