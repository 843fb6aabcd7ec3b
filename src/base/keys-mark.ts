import { createHash } from 'node:crypto';

/** Files below secrets/ that change when passwords or keys are replaced, and that a site's agent can read. */
const MARKED = ['secrets.json', 'ca.pub', 'user_key-cert.pub', 'host_key-cert.pub'];

/**
 * A short fingerprint of a site's keys and passwords, which shows whether a site uses the ones made for it. It reveals
 * nothing about the passwords, which cannot be guessed.
 * @param textOf the content of a file by name; undefined when it does not exist
 */
export function keysMark(textOf: (name: string) => string | undefined): string {
  const hash = createHash('sha256');
  for (const name of MARKED) hash.update(JSON.stringify([name, textOf(name) ?? null]));
  return hash.digest('base64url').slice(0, 12);
}
