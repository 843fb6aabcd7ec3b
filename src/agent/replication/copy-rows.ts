import type { Connection, Pool, RowDataPacket } from 'mysql2/promise';

/** Tables of a site's schema of which only the latest state counts: copied as a whole. */
const STATES = ['beat', 'custody', 'transfer', 'conflict'];
const PAGE = 1000;

type Reader = Pick<Pool, 'query'>;

/**
 * Copies what is missing of one site's schema from a neighbour: versions above the highest that is here, page by page, and
 * the small tables as they are there. Never removes a version. Returns the number of versions copied.
 */
export async function copyRows(from: Reader, to: Connection, schema: string): Promise<number> {
  const [[top]] = await to.query<RowDataPacket[]>(`SELECT COALESCE(MAX(seq), 0) AS seq FROM ${schema}.version`);
  const copied = await copyVersions(from, to, schema, { after: Number(top!.seq), before: Number.MAX_SAFE_INTEGER });
  await copyStates(from, to, schema);
  return copied;
}

/** Copies a range of versions in order, page by page, both ends excluded. Returns their number. */
export async function copyVersions(
  from: Reader,
  to: Connection,
  schema: string,
  { after, before }: { after: number; before: number },
): Promise<number> {
  let copied = 0;
  for (let last = after; ; ) {
    const [rows] = await from.query<RowDataPacket[]>(
      `SELECT * FROM ${schema}.version WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?`,
      [last, before, PAGE],
    );
    if (rows.length === 0) return copied;
    await replace(to, `${schema}.version`, rows);
    copied += rows.length;
    last = Number(rows.at(-1)!.seq);
  }
}

/** Makes the small tables equal to a neighbour's. */
export async function copyStates(from: Reader, to: Connection, schema: string): Promise<void> {
  for (const table of STATES) {
    const [rows] = await from.query<RowDataPacket[]>(`SELECT * FROM ${schema}.${table}`);
    await to.beginTransaction();
    await to.query(`DELETE FROM ${schema}.${table}`);
    await replace(to, `${schema}.${table}`, rows);
    await to.commit();
  }
}

async function replace(to: Connection, table: string, rows: RowDataPacket[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!);
  await to.query(`REPLACE INTO ${table} (??) VALUES ?`, [
    columns,
    rows.map((row) => columns.map((column) => row[column])),
  ]);
}
