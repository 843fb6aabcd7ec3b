import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, parentOf, pathKey } from '../../base/bytes.ts';
import { text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/** A path of a folder with its keys in the derived tables. */
export interface PathRef {
  folder: string;
  path: BytePath;
  dirKey: Buffer;
  pathKey: Buffer;
  /** For Maps. */
  id: string;
}

export function refOf(folder: string, path: BytePath): PathRef {
  return {
    folder,
    path,
    dirKey: dirKeyOf(folder, path),
    pathKey: pathKey(folder, path),
    id: `${folder}\0${path}`,
  };
}

/** Key of the directory that contains `path`; the folder's root is its own parent. */
function dirKeyOf(folder: string, path: BytePath): Buffer {
  return pathKey(folder, parentOf(path));
}

export function readRef(row: RowDataPacket): PathRef {
  const folder = text(row.folder);
  const path = text(row.path);
  return { folder, path, dirKey: row.dir_key, pathKey: row.path_key, id: `${folder}\0${path}` };
}

/** The rows of these paths in one of the tables with these keys. */
export async function selectPaths(db: Sql, table: string, refs: PathRef[]): Promise<RowDataPacket[]> {
  const found: RowDataPacket[] = [];
  for (const part of chunks(refs)) {
    // Grouped by directory: the shape that the range optimiser turns into one range per path.
    const byDir = new Map<string, { dir: Buffer; keys: Buffer[] }>();
    for (const ref of part) {
      const dir = ref.dirKey.toString('latin1');
      const group = byDir.get(dir) ?? { dir: ref.dirKey, keys: [] };
      group.keys.push(ref.pathKey);
      byDir.set(dir, group);
    }
    const groups = [...byDir.values()];
    const where = groups.map(() => '(dir_key = ? AND path_key IN (?))').join(' OR ');
    const [rows] = await db.query<RowDataPacket[]>(
      `SELECT * FROM local.${table} WHERE ${where}`,
      groups.flatMap((g) => [g.dir, g.keys]),
    );
    found.push(...rows);
  }
  return found;
}
