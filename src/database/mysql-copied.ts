import type { Connection } from 'mysql2/promise';
import { endsOf } from './mysql-gtid.ts';
import { COPY_MARKERS, siteSchema } from './schema.ts';

/** Logs a marker with the last number of each interval that was copied: see {@link COPY_MARKERS}. */
export async function markCopied(db: Connection, site: string, peer: string, copied: string): Promise<void> {
  for (const number of endsOf(copied)) {
    await db.query('SET SESSION GTID_NEXT = ?', [number]);
    await db.query(`INSERT INTO ${siteSchema(site)}.${COPY_MARKERS} (peer) VALUES (?)`, [peer]);
    await db.query("SET SESSION GTID_NEXT = 'AUTOMATIC'");
  }
}
