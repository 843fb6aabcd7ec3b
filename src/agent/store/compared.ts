import type { RowDataPacket } from 'mysql2/promise';
import { text } from './rows.ts';
import type { Sql } from './sql.ts';

/** When the rows of each origin were last compared with a neighbour's, in Unix ms. */
export async function loadCompared(db: Sql): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT origin, at FROM local.compared');
  return new Map(rows.map((row) => [text(row.origin), Number(row.at)]));
}

/** Records origins that are new here as compared at these times. */
export async function addCompared(db: Sql, all: { origin: string; at: number }[]): Promise<void> {
  if (all.length === 0) return;
  await db.query('INSERT IGNORE INTO local.compared (origin, at, peer, repaired) VALUES ?', [
    all.map(({ origin, at }) => [origin, at, '', 0]),
  ]);
}

/** Records a comparison, and adds the number of rows that it repaired. */
export async function saveCompared(db: Sql, origin: string, at: number, peer: string, repaired: number): Promise<void> {
  await db.query(
    `INSERT INTO local.compared (origin, at, peer, repaired) VALUES (?)
       ON DUPLICATE KEY UPDATE at = VALUES(at), peer = VALUES(peer), repaired = repaired + VALUES(repaired)`,
    [[origin, at, peer, repaired]],
  );
}

/** Rows that differed from a neighbour's so far, and were copied again. */
export async function countRepaired(db: Sql): Promise<number> {
  const [[row]] = await db.query<RowDataPacket[]>('SELECT COALESCE(SUM(repaired), 0) AS n FROM local.compared');
  return Number(row!.n);
}
