import { createHash } from 'node:crypto';

/** The number of a site, 1 … 2^31-1: derived from its name alone, so that it never changes. Two names may collide: see plan(). */
export function siteId(name: string): number {
  return (createHash('sha256').update(name).digest().readUInt32BE(0) % (2 ** 31 - 1)) + 1;
}
