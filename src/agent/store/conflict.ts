import type { RowDataPacket } from 'mysql2/promise';
import type { BytePath } from '../../base/bytes.ts';
import { siteSchema } from '../../database/schema.ts';
import type { VersionId } from '../versions/version.ts';
import { type PathRef, refOf } from './path-ref.ts';
import { blob, text } from './rows.ts';
import type { Sql } from './sql.ts';

/** An edit that lost to another one and is kept beside it. Recorded by the site where it was made. */
export interface ConflictRow {
  /** The site that recorded it. */
  site: string;
  losing: VersionId;
  winner: VersionId;
  /** Where the losing edit is kept. */
  copy: BytePath;
  /** Unix ms. */
  at: number;
}

/** A page of conflicts begins after this one: they are ordered by time, newest first, then by the losing version. */
export interface ConflictCursor {
  before: number;
  origin: string;
  seq: number;
}

/** An own edit that lost. */
export interface OwnConflict {
  losing: VersionId;
  ref: PathRef;
  copy: PathRef;
}

/** Records an edit of this site that lost; a conflict that is known already is left as it is. */
export async function saveConflict(db: Sql, { site, losing, winner, copy, at }: ConflictRow): Promise<void> {
  await db.query(
    `INSERT IGNORE INTO ${siteSchema(site)}.conflict (origin, seq, winner_origin, winner_seq, copy, at) VALUES (?)`,
    [[losing.origin, losing.seq, winner.origin, winner.seq, blob(copy), at]],
  );
}

export async function dropConflict(db: Sql, site: string, { origin, seq }: VersionId): Promise<void> {
  await db.query(`DELETE FROM ${siteSchema(site)}.conflict WHERE origin = ? AND seq = ?`, [origin, seq]);
}

export async function countConflicts(db: Sql, site: string): Promise<number> {
  const [[row]] = await db.query<RowDataPacket[]>(`SELECT COUNT(*) AS n FROM ${siteSchema(site)}.conflict`);
  return Number(row!.n);
}

/** Conflicts that these sites recorded, newest first. Their rows are input from other sites. */
export async function loadConflicts(
  db: Sql,
  sites: string[],
  { before, origin, seq }: ConflictCursor,
  limit: number,
): Promise<ConflictRow[]> {
  const parts = sites.map((name) => `SELECT '${name}' AS site, c.* FROM ${siteSchema(name)}.conflict c`);
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT * FROM (${parts.join(' UNION ALL ')}) AS all_of_them
      WHERE copy IS NOT NULL AND (at < ? OR (at = ? AND (origin, seq) > (?, ?))) ORDER BY at DESC, origin, seq LIMIT ?`,
    [before, before, Buffer.from(origin), seq, limit],
  );
  return rows.map((row) => ({
    site: String(row.site),
    losing: { origin: text(row.origin), seq: Number(row.seq) },
    winner: { origin: text(row.winner_origin), seq: Number(row.winner_seq) },
    copy: text(row.copy),
    at: Number(row.at),
  }));
}

/** Edits of `site` that lost there. */
export async function loadOwnConflicts(db: Sql, site: string): Promise<OwnConflict[]> {
  const schema = siteSchema(site);
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT c.seq, c.copy, v.folder, v.path FROM ${schema}.conflict c JOIN ${schema}.version v ON v.seq = c.seq
      WHERE c.origin = ? AND c.copy IS NOT NULL`,
    [site],
  );
  return rows.map((row) => ({
    losing: { origin: site, seq: Number(row.seq) },
    ref: refOf(text(row.folder), text(row.path)),
    copy: refOf(text(row.folder), text(row.copy)),
  }));
}

/** Edits that are kept under this path, in any folder, according to these sites. */
export async function losersKeptAt(db: Sql, sites: string[], copy: BytePath): Promise<VersionId[]> {
  const parts = sites.map((name) => `SELECT origin, seq FROM ${siteSchema(name)}.conflict WHERE copy = ?`);
  const [rows] = await db.query<RowDataPacket[]>(
    parts.join(' UNION ALL '),
    parts.map(() => blob(copy)),
  );
  return rows.map((row) => ({ origin: text(row.origin), seq: Number(row.seq) }));
}
