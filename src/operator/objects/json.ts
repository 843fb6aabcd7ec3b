import { createHash } from 'node:crypto';

/** JSON values. Absent fields are left out, never undefined. */
export type Json = string | number | boolean | null | Json[] | { [field: string]: Json };

/** The maximum length of a label, and so of every name that becomes one. */
const LONGEST = 63;

/** The parts joined by "-"; if that is too long, its beginning and a hash of the whole, so that names stay distinct. */
export function objectName(...parts: string[]): string {
  const name = parts.join('-');
  if (name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${name.slice(0, LONGEST - digest.length - 1).replace(/-+$/, '')}-${digest}`;
}
