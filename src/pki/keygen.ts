import { chmodSync, linkSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import { publicKeyOf } from './private-key.ts';

/**
 * Makes the Ed25519 key at `path` unless it is there; two at once end up with the same one. The private key decides: the .pub
 * file is made from it, so that the two always belong together. Returns the line of the public key.
 */
export async function ensureKey(path: string, comment: string): Promise<string> {
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
  const line = publicKeyOf(readFileSync(path, 'utf8')) ?? (await keygen('-y', '-P', '', '-f', path));
  const publicKey = `${line.trim()}\n`;
  writeIfChanged(`${path}.pub`, publicKey);
  return publicKey;
}

/** Runs `work` with a private folder beside `path`, so that what it makes can be moved there by a rename. */
export async function inScratch(path: string, work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(path, '..', `.${basename(path)}-`));
  try {
    await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export async function keygen(...args: string[]): Promise<string> {
  return (await execa('ssh-keygen', args, { stdin: 'ignore' })).stdout;
}
