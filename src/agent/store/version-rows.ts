import type { RowDataPacket } from 'mysql2/promise';
import type { BytePath } from '../../base/bytes.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Version, VersionId } from '../versions/version.ts';
import { readVersion, text, VERSION_COLUMNS } from './rows.ts';
import type { Sql } from './sql.ts';

/** One version; undefined when its row is not here, or breaks a rule. `origin` must be a known site. */
export async function loadVersion(db: Sql, { origin, seq }: VersionId): Promise<Version | undefined> {
  const [[row]] = await db.query<RowDataPacket[]>(
    `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(origin)}.version WHERE seq = ?`,
    [seq],
  );
  const version = row && readVersion(origin, row);
  return typeof version === 'string' ? undefined : version;
}

/** The paths of versions; what is not here is left out. Origins must be known sites. */
export async function pathsOf(db: Sql, ids: VersionId[]): Promise<BytePath[]> {
  const paths: BytePath[] = [];
  for (const [origin, group] of Map.groupBy(ids, (id) => id.origin)) {
    const [rows] = await db.query<RowDataPacket[]>(`SELECT path FROM ${siteSchema(origin)}.version WHERE seq IN (?)`, [
      group.map(({ seq }) => seq),
    ]);
    paths.push(...rows.map((row) => text(row.path)));
  }
  return paths;
}

/** Versions of `origin` with numbers in one of `ranges` and above `after`, in these folders, in the order of their numbers. */
export async function loadVersionsIn(
  db: Sql,
  origin: string,
  ranges: [number, number][],
  folders: string[],
  after: number,
  limit: number,
): Promise<Version[]> {
  if (ranges.length === 0 || folders.length === 0) return [];
  const within = ranges.map(() => 'seq BETWEEN ? AND ?').join(' OR ');
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(origin)}.version
      WHERE (${within}) AND folder IN (?) AND seq > ? ORDER BY seq LIMIT ?`,
    [...ranges.flat(), folders, after, limit],
  );
  return readable(origin, rows);
}

/** The latest versions of `origin` below `before` in these folders, the last one first. */
export async function loadVersionsBefore(
  db: Sql,
  origin: string,
  before: number,
  folders: string[],
  limit: number,
): Promise<Version[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(origin)}.version WHERE seq < ? AND folder IN (?) ORDER BY seq DESC LIMIT ?`,
    [before, folders, limit],
  );
  return readable(origin, rows);
}

/** Rows that break a rule are left out. */
const readable = (origin: string, rows: RowDataPacket[]): Version[] =>
  rows.map((row) => readVersion(origin, row)).filter((version) => typeof version !== 'string');
