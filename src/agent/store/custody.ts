import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { type Custody, parseCustody } from '../versions/custody.ts';
import type { Sql } from './sql.ts';

/** What a site says that it holds, per origin. */
export async function loadCustody(db: Sql, peer: string): Promise<Map<string, Custody>> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT origin, held, known, missing FROM ${siteSchema(peer)}.custody`,
  );
  return new Map(
    rows.map((row) => [String(row.origin), parseCustody(Number(row.held), Number(row.known), String(row.missing))]),
  );
}
