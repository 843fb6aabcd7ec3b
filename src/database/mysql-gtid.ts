import { createHash } from 'node:crypto';

/** The last number that a transaction can have. */
export const LAST_NUMBER = '9223372036854775806';

/**
 * What numbers a site's transactions: made from its name, so that every neighbour knows which numbers are whose, and a
 * site whose database is made anew goes on as the same.
 */
export function serverUuid(site: string): string {
  const hex = createHash('sha256').update(`sitesync ${site}`).digest('hex');
  // Version 8 of RFC 9562: of one's own making.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** All numbers that these sites ever can give, as a GTID set. */
export function numbersOf(sites: string[]): string {
  return sites.map((site) => `${serverUuid(site)}:1-${LAST_NUMBER}`).join(',');
}
