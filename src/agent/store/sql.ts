import type { Connection, ResultSetHeader } from 'mysql2/promise';

/** Anything that runs SQL: a pool, a connection, or a transaction's connection. */
export type Sql = Pick<Connection, 'query'>;

/** Rows per statement: large enough to amortise the round trip, small enough for the server's memory. */
export const BATCH = 500;

export function* chunks<T>(items: readonly T[], size = BATCH): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

/** Number of rows that a statement changed. */
export function affected(result: unknown): number {
  return (result as ResultSetHeader).affectedRows;
}
