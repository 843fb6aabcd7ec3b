import { unlinkSync } from 'node:fs';
import type { RowDataPacket } from 'mysql2/promise';
import type { OpenFolder } from '../apply/folder.ts';
import { chunks, type Sql } from '../journal/sql.ts';
import { archivePath } from './archive.ts';

export interface Kept {
  pathKey: Buffer;
  origin: string;
  seq: number;
  sha256: Buffer;
  size: number;
  archivedAt: number;
}

/**
 * Which previous versions of one path go: all beyond the newest `keep`, and all older than `maxAgeSeconds`. Pure.
 * @param newestFirst archived versions of one path
 */
export function expiredOfPath(
  newestFirst: Kept[],
  limits: { keep: number; maxAgeSeconds: number },
  now: number,
): Kept[] {
  const oldest = now - limits.maxAgeSeconds * 1000;
  return newestFirst.filter((kept, i) => i >= limits.keep || kept.archivedAt < oldest);
}

/** Applies the folder's limits to the given paths, or with none to age and total size of the whole archive. */
export async function trimArchive(db: Sql, folder: OpenFolder, paths: Buffer[], now: number): Promise<number> {
  const { keep, maxAgeSeconds, maxBytes } = folder.plan.versions;
  const doomed: Kept[] = [];
  for (const part of chunks(paths)) {
    const rows = await select(db, 'path_key IN (?) ORDER BY path_key, archived_at DESC, seq DESC', [part]);
    const byPath = Map.groupBy(rows, (row) => row.pathKey.toString('latin1'));
    for (const kept of byPath.values()) doomed.push(...expiredOfPath(kept, { keep, maxAgeSeconds }, now));
  }
  if (paths.length === 0) {
    const name = folder.plan.name;
    const oldest = now - maxAgeSeconds * 1000;
    doomed.push(...(await select(db, 'folder = ? AND archived_at < ? LIMIT 5000', [name, oldest])));
    const [[sum]] = await db.query<RowDataPacket[]>('SELECT SUM(size) AS bytes FROM local.archived WHERE folder = ?', [
      name,
    ]);
    let excess = Number(sum!.bytes ?? 0) - maxBytes - doomed.reduce((bytes, k) => bytes + k.size, 0);
    if (excess > 0) {
      const rest = 'folder = ? AND archived_at >= ? ORDER BY archived_at, seq LIMIT 5000';
      for (const kept of await select(db, rest, [name, oldest])) {
        if (excess <= 0) break;
        doomed.push(kept);
        excess -= kept.size;
      }
    }
  }
  await drop(db, folder, doomed);
  return doomed.length;
}

/** Removes rows first, then files that no row needs: a crash between leaves a file too many, never one too few. */
async function drop(db: Sql, folder: OpenFolder, doomed: Kept[]): Promise<void> {
  for (const part of chunks(doomed)) {
    await db.query('DELETE FROM local.archived WHERE (path_key, origin, seq) IN (?)', [
      part.map((k) => [k.pathKey, k.origin, k.seq]),
    ]);
    const hashes = part.map((k) => k.sha256);
    const [needed] = await db.query<RowDataPacket[]>(
      'SELECT DISTINCT sha256 FROM local.archived WHERE folder = ? AND sha256 IN (?)',
      [folder.plan.name, hashes],
    );
    const keep = new Set(needed.map((row) => row.sha256.toString('hex')));
    for (const sha of new Set(hashes.map((h) => h.toString('hex'))))
      if (!keep.has(sha)) removeFile(archivePath(folder, Buffer.from(sha, 'hex')));
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function select(db: Sql, where: string, values: unknown[]): Promise<Kept[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT path_key, origin, seq, sha256, size, archived_at FROM local.archived WHERE ${where}`,
    values,
  );
  return rows.map((row) => ({
    pathKey: row.path_key,
    origin: String(row.origin),
    seq: Number(row.seq),
    sha256: row.sha256,
    size: Number(row.size),
    archivedAt: Number(row.archived_at),
  }));
}
