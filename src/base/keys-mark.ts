import { createHash } from 'node:crypto';

/** Files below secrets/ that change when passwords or keys are replaced, and that a site's agent can read. */
const MARKED = ['secrets.json', 'ca.pub', 'user_key-cert.pub', 'host_key-cert.pub'];

/**
 * A few characters that tell one state of a site's keys and passwords from another: whether a site goes by those that were made
 * for it. They tell nothing of the passwords themselves, which nobody can guess.
 * @param textOf the content of a file by name; undefined when there is none
 */
export function keysMark(textOf: (name: string) => string | undefined): string {
  const hash = createHash('sha256');
  for (const name of MARKED) hash.update(JSON.stringify([name, textOf(name) ?? null]));
  return hash.digest('base64url').slice(0, 12);
}
