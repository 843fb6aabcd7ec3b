import { createHash } from 'node:crypto';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { ChannelSpec } from './engine.ts';

/** The highest possible transaction number. */
export const LAST_NUMBER = '9223372036854775806';

/**
 * The uuid that numbers a site's transactions. Derived from its name, so that every neighbour knows whose numbers they are,
 * and a site whose database is recreated continues as the same.
 */
export function serverUuid(site: string): string {
  const hex = createHash('sha256').update(`sitesync ${site}`).digest('hex');
  // Version 8 of RFC 9562: custom.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** All numbers that these sites can ever use, as a GTID set. */
export function numbersOf(sites: string[]): string {
  return sites.map((site) => `${serverUuid(site)}:1-${LAST_NUMBER}`).join(',');
}

/** The last transaction of every interval of a GTID set: `uuid:1-5:9, …` gives `uuid:5` and `uuid:9`. Pure. */
export function endsOf(set: string): string[] {
  return set
    .split(',')
    .filter((one) => one.trim() !== '')
    .flatMap((one) => {
      const [uuid, ...intervals] = one.trim().split(':');
      return intervals.map((interval) => `${uuid}:${interval.split('-').at(-1)}`);
    });
}

/** The highest number of a site in a set; 0 if there is none. Pure. */
export function highestOf(set: string, site: string): bigint {
  const prefix = `${serverUuid(site)}:`;
  const numbers = endsOf(set).filter((end) => end.startsWith(prefix));
  return numbers.map((end) => BigInt(end.slice(prefix.length))).reduce((a, b) => (a > b ? a : b), 0n);
}

/** The part of a set with these sites' numbers. */
export const onlyOf = (db: Connection, set: string, sites: string[]) =>
  calculate(db, 'GTID_SUBTRACT(?, GTID_SUBTRACT(?, ?))', [set, set, numbersOf(sites)]);

/** The part of a set that this server does not have. */
export const unknownOf = (db: Connection, set: string) =>
  calculate(db, 'GTID_SUBTRACT(?, @@GLOBAL.gtid_executed)', [set]);

/**
 * The part of a set that a neighbour may send: a child its own numbers; a hub, which also knows sites that left, all but
 * the receiver's.
 */
export const allowedOf = (db: Connection, set: string, { domains, speaksFor, neverFor }: ChannelSpec) =>
  'only' in domains ? onlyOf(db, set, speaksFor) : calculate(db, 'GTID_SUBTRACT(?, ?)', [set, numbersOf(neverFor)]);

async function calculate(db: Connection, expression: string, sets: string[]): Promise<string> {
  const [[row]] = await db.query<RowDataPacket[]>(`SELECT ${expression} AS numbers`, sets);
  return String(row!.numbers);
}
