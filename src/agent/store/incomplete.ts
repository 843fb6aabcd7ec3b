import type { RowDataPacket } from 'mysql2/promise';
import type { PathRef } from './path-ref.ts';
import { countsByFolder } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/** Notes paths that have other rights than they should have, because this site may not set them. */
export async function saveIncomplete(db: Sql, refs: PathRef[]): Promise<void> {
  for (const part of chunks(refs))
    await db.query('REPLACE INTO local.incomplete (dir_key, path_key, folder) VALUES ?', [
      part.map((ref) => [ref.dirKey, ref.pathKey, ref.folder]),
    ]);
}

/** What is at these paths is something else by now. */
export async function dropIncomplete(db: Sql, refs: PathRef[]): Promise<void> {
  await db.query('DELETE FROM local.incomplete WHERE (dir_key, path_key) IN (?)', [
    refs.map((ref) => [ref.dirKey, ref.pathKey]),
  ]);
}

/** How many there are in each folder. */
export async function incompleteByFolder(db: Sql): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT folder, COUNT(*) AS n FROM local.incomplete GROUP BY folder');
  return countsByFolder(rows);
}
