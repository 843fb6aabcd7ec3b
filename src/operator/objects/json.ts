import { createHash } from 'node:crypto';

/** What JSON can hold. Absent fields are left out, never undefined. */
export type Json = string | number | boolean | null | Json[] | { [field: string]: Json };

/** The most that a label, and with it every name that becomes one, may have. */
const LONGEST = 63;

/** The parts joined by "-"; when that is too long, its beginning and a hash of all of it, so that two names stay two. */
export function objectName(...parts: string[]): string {
  const name = parts.join('-');
  if (name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${name.slice(0, LONGEST - digest.length - 1).replace(/-+$/, '')}-${digest}`;
}
