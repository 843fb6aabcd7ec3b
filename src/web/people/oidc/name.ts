import type { OidcSettings } from '../../../api/oidc.ts';
import { type Claims, claimAt } from './rights.ts';

const MAX_LENGTH = 90;

/** The name that a provider gives a user, in the characters allowed here; never empty. Pure. */
export function wantedName(settings: OidcSettings, claims: Claims): string {
  const candidates = [
    claimAt(claims, settings.nameClaim ?? 'preferred_username'),
    claims.email,
    claims.name,
    claims.sub,
  ];
  for (const candidate of candidates) {
    if (typeof candidate !== 'string') continue;
    const clean = candidate
      .normalize('NFKC')
      .replace(/[^\p{L}\p{N}._@ -]+/gu, ' ')
      .replace(/ +/g, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, '');
    // By characters, not UTF-16 units.
    const short = Array.from(clean).slice(0, MAX_LENGTH).join('').trim();
    if (short !== '') return short;
  }
  return 'somebody';
}

/** Names that people would mistake for each other compare equal. */
const folded = (name: string) => name.normalize('NFKC').toLowerCase();

/** The name, or the first free one of "name-2", "name-3" … Pure. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const all = new Set([...taken].map(folded));
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!all.has(folded(name))) return name;
  }
}
