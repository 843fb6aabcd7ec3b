import type { RowDataPacket } from 'mysql2/promise';
import type { Held } from '../store/held.ts';
import { chunks, type Sql } from '../store/sql.ts';

/**
 * Of these undecided deletions, the path ids of those that were moved: their content reappeared elsewhere in the folder, as
 * often as it was deleted, in versions of this site after number `since`. Content that existed twice and now exists once
 * was deleted.
 */
export async function movedOf(db: Sql, site: string, deletions: Held[], since: number): Promise<Set<string>> {
  const moved = new Set<string>();
  for (const part of chunks(deletions.filter(({ was }) => was.sha256 !== undefined))) {
    const contents = part.map(({ was }) => was.sha256!);
    const folder = part[0]!.ref.folder;
    const gone = await counts(
      db,
      `SELECT was_sha256 AS content, COUNT(*) AS n FROM local.held
        WHERE was_sha256 IN (?) AND folder = ? AND decided = 0 AND kind = 'deleted' GROUP BY was_sha256`,
      [contents, folder],
    );
    const come = await counts(
      db,
      `SELECT sha256 AS content, COUNT(*) AS n FROM local.\`index\`
        WHERE sha256 IN (?) AND folder = ? AND origin = ? AND seq > ? GROUP BY sha256`,
      [contents, folder, site, since],
    );
    for (const { ref, was } of part) {
      const content = was.sha256!.toString('latin1');
      if ((come.get(content) ?? 0) >= (gone.get(content) ?? 0)) moved.add(ref.id);
    }
  }
  return moved;
}

async function counts(db: Sql, sql: string, values: unknown[]): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(sql, values);
  return new Map(rows.map((row) => [row.content.toString('latin1'), Number(row.n)]));
}
