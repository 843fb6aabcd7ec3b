import { chmodSync, linkSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import { publicKeyOf } from './private-key.ts';

/**
 * Creates the Ed25519 key at `path` unless it exists; concurrent calls end up with the same one. The .pub file is derived
 * from the private key, so that the two always match. Returns the public key line.
 */
export async function ensureKey(path: string, comment: string): Promise<string> {
  if (readIfThere(path) === undefined) {
    await withScratchDir(path, async (scratch) => {
      const key = join(scratch, 'key');
      await keygen('-t', 'ed25519', '-N', '', '-C', comment, '-f', key);
      try {
        linkSync(key, path); // unlike rename, never replaces a key that another process has just created
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    });
  }
  chmodSync(path, 0o600); // OpenSSH refuses keys that others can read, and some volumes change the mode
  const line = publicKeyOf(readFileSync(path, 'utf8')) ?? (await keygen('-y', '-P', '', '-f', path));
  const publicKey = `${line.trim()}\n`;
  writeIfChanged(`${path}.pub`, publicKey);
  return publicKey;
}

/** Runs `work` with a private directory beside `path`, so that what it creates can be moved into place by a rename. */
export async function withScratchDir(path: string, work: (scratch: string) => Promise<void>): Promise<void> {
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
