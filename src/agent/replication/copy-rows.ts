import type { Connection, Pool, RowDataPacket } from 'mysql2/promise';

/** Tables of a site's schema of which the newest state counts: copied whole. */
const STATES = ['beat', 'custody', 'transfer', 'conflict'];
const PAGE = 1000;

type Reader = Pick<Pool, 'query'>;

/**
 * Copies what is missing of one site's schema from a neighbour: versions above the highest that is here, page by page,
 * and the small tables as they are there. No version is ever removed. Returns the number of versions copied.
 */
export async function copyRows(from: Reader, to: Connection, schema: string): Promise<number> {
  let copied = 0;
  for (;;) {
    const [[top]] = await to.query<RowDataPacket[]>(`SELECT COALESCE(MAX(seq), 0) AS seq FROM ${schema}.version`);
    const [rows] = await from.query<RowDataPacket[]>(
      `SELECT * FROM ${schema}.version WHERE seq > ? ORDER BY seq LIMIT ?`,
      [Number(top!.seq), PAGE],
    );
    if (rows.length === 0) break;
    await replace(to, `${schema}.version`, rows);
    copied += rows.length;
  }
  for (const table of STATES) {
    const [rows] = await from.query<RowDataPacket[]>(`SELECT * FROM ${schema}.${table}`);
    await to.beginTransaction();
    await to.query(`DELETE FROM ${schema}.${table}`);
    await replace(to, `${schema}.${table}`, rows);
    await to.commit();
  }
  return copied;
}

async function replace(to: Connection, table: string, rows: RowDataPacket[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!);
  await to.query(`REPLACE INTO ${table} (??) VALUES ?`, [
    columns,
    rows.map((row) => columns.map((column) => row[column])),
  ]);
}
