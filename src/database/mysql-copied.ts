import type { Connection } from 'mysql2/promise';
import { MARKS, siteSchema } from './schema.ts';

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

/** Logs a mark under the last number of each interval that was copied: see {@link MARKS}. */
export async function markCopied(db: Connection, site: string, peer: string, copied: string): Promise<void> {
  for (const number of endsOf(copied)) {
    await db.query('SET SESSION GTID_NEXT = ?', [number]);
    await db.query(`INSERT INTO ${siteSchema(site)}.${MARKS} (peer) VALUES (?)`, [peer]);
    await db.query("SET SESSION GTID_NEXT = 'AUTOMATIC'");
  }
}
