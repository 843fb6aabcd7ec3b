import type { RowDataPacket } from 'mysql2/promise';
import type { BytePath } from '../../base/bytes.ts';
import type { VersionId } from '../versions/version.ts';
import { blob, countsByFolder, text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/**
 * Content on this disk that is not that of its version. `rot`: it changed though nobody wrote to it; `unreadable`: the
 * disk no longer returns it; `torn`: a power cut left only a part of it; `lost`: it is gone.
 */
export interface Damage extends VersionId {
  folder: string;
  place: 'tree' | 'archive';
  pathKey: Buffer;
  dirKey: Buffer;
  /** '' when no version has it. */
  path: BytePath;
  what: 'rot' | 'unreadable' | 'torn' | 'lost';
  size: number;
  /** The expected content. */
  sha256: Buffer;
  /** The content found, if it can be read. */
  found?: Buffer;
  /** Unix ms. */
  foundAt: number;
  healedAt?: number;
}

/** Part of a sentence that starts with the path. */
export const WHAT: Record<Damage['what'], string> = {
  rot: 'its content changed although nobody wrote to it',
  unreadable: 'the disk can no longer read it',
  torn: 'a power cut left only a part of it',
  lost: 'it is gone, and nobody deleted it',
};

/** How long repaired findings are kept. */
const REMEMBERED_MS = 90 * 86_400_000;

export async function saveDamage(db: Sql, all: Damage[]): Promise<void> {
  for (const part of chunks(all)) {
    await db.query(
      `REPLACE INTO local.damage (folder, place, path_key, dir_key, path, what, origin, seq, size, sha256, found_sha256, found_at) VALUES ?`,
      [
        part.map((d) => [
          d.folder,
          d.place,
          d.pathKey,
          d.dirKey,
          blob(d.path),
          d.what,
          d.origin,
          d.seq,
          d.size,
          d.sha256,
          d.found ?? null,
          d.foundAt,
        ]),
      ],
    );
    for (const [folder, group] of Map.groupBy(part, (one) => one.folder))
      await db.query(
        `INSERT INTO local.verified (folder, phase, dir_key, path_key, sha256, bytes, started, found) VALUES (?, 'done', '', '', '', 0, 0, ?)
           ON DUPLICATE KEY UPDATE found = found + VALUES(found)`,
        [folder, group.length],
      );
  }
}

/** Findings that are not repaired yet, oldest first. */
export async function openDamage(db: Sql, limit: number, place?: Damage['place']): Promise<Damage[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT * FROM local.damage WHERE healed_at IS NULL ${place ? 'AND place = ?' : ''} ORDER BY found_at, path_key LIMIT ?`,
    place ? [place, limit] : [limit],
  );
  return rows.map(readDamage);
}

export async function setHealed(db: Sql, { folder, place, pathKey }: Damage, now: number): Promise<void> {
  await db.query('UPDATE local.damage SET healed_at = ? WHERE folder = ? AND place = ? AND path_key = ?', [
    now,
    folder,
    place,
    pathKey,
  ]);
}

/** The present state of these findings. */
export async function reload(db: Sql, all: Damage[]): Promise<Damage[]> {
  const found: Damage[] = [];
  for (const part of chunks(all)) {
    const [rows] = await db.query<RowDataPacket[]>(
      'SELECT * FROM local.damage WHERE (folder, place, path_key) IN (?)',
      [part.map(({ folder, place, pathKey }) => [folder, place, pathKey])],
    );
    found.push(...rows.map(readDamage));
  }
  return found;
}

export async function forgetOldDamage(db: Sql, now: number): Promise<void> {
  await db.query('DELETE FROM local.damage WHERE healed_at < ?', [now - REMEMBERED_MS]);
}

function readDamage(row: RowDataPacket): Damage {
  return {
    folder: text(row.folder),
    place: row.place,
    pathKey: row.path_key,
    dirKey: row.dir_key,
    path: text(row.path),
    what: row.what,
    origin: text(row.origin),
    seq: Number(row.seq),
    size: Number(row.size),
    sha256: row.sha256,
    ...(row.found_sha256 && { found: row.found_sha256 }),
    foundAt: Number(row.found_at),
    ...(row.healed_at !== null && { healedAt: Number(row.healed_at) }),
  };
}

/** How many files and archived versions are damaged and not repaired, by folder and place. */
export async function countDamage(db: Sql): Promise<(Pick<Damage, 'folder' | 'place'> & { count: number })[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT folder, place, COUNT(*) AS n FROM local.damage WHERE healed_at IS NULL GROUP BY folder, place',
  );
  return rows.map((row) => ({ folder: text(row.folder), place: row.place, count: Number(row.n) }));
}

/** How many files of each folder's tree are damaged and not repaired. */
export async function damagedByFolder(db: Sql): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    "SELECT folder, COUNT(*) AS n FROM local.damage WHERE healed_at IS NULL AND place = 'tree' GROUP BY folder",
  );
  return countsByFolder(rows);
}
