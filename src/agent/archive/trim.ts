import type { RowDataPacket } from 'mysql2/promise';
import type { OpenFolder } from '../fs/folder.ts';
import type { SiteView } from '../site/site.ts';
import { chunks, type Sql } from '../store/sql.ts';
import { ageingTime } from './ageing.ts';
import { archiveAt } from './archive.ts';
import { beyondAgeAndSize, expiring, expiringAt, type Kept } from './retention.ts';
import { removable } from './successors.ts';

/**
 * Applies the folder's limits to the archive of these paths.
 * @param paths keys of paths
 * @returns how many versions beyond the limits must stay for now
 */
export async function trimPaths(site: SiteView, folder: OpenFolder, paths: Buffer[]): Promise<number> {
  const doomed = await expiringAt(site.store.db, paths, folder.plan.versions, await ageingTime(site));
  return (await trim(site, folder, doomed)).length;
}

/**
 * Applies the folder's limits to its whole archive, or only those of age and size: the number of versions is limited
 * whenever a version is added.
 * @returns how many versions beyond the limits must stay for now
 */
export async function trimArchive(site: SiteView, folder: OpenFolder, which: 'all' | 'age and size'): Promise<number> {
  const find = which === 'all' ? expiring : beyondAgeAndSize;
  const now = await ageingTime(site);
  let left = 0;
  for await (const doomed of find(site.store.db, folder.plan.name, folder.plan.versions, now))
    left += (await trim(site, folder, doomed)).length;
  return left;
}

/** @returns how many must stay for now */
async function trim(site: SiteView, folder: OpenFolder, doomed: Kept[]): Promise<Kept[]> {
  if (doomed.length === 0) return [];
  const free = new Set(await removable(site, folder)(doomed));
  // The same content may be archived at this moment: its row must exist before its last file is looked for.
  for (const part of chunks([...free])) await site.store.lock(() => drop(site.store.db, folder, part));
  return doomed.filter((kept) => !free.has(kept));
}

/** Removes rows first, then files without a row: a crash in between leaves a file too many, never one too few. */
async function drop(db: Sql, folder: OpenFolder, doomed: Kept[]): Promise<void> {
  await db.query('DELETE FROM local.archived WHERE (path_key, origin, seq) IN (?)', [
    doomed.map((k) => [k.pathKey, k.origin, k.seq]),
  ]);
  const hashes = doomed.map((k) => k.sha256);
  const [needed] = await db.query<RowDataPacket[]>(
    'SELECT DISTINCT sha256 FROM local.archived WHERE folder = ? AND sha256 IN (?)',
    [folder.plan.name, hashes],
  );
  const keep = new Set(needed.map((row) => row.sha256.toString('hex')));
  for (const sha of new Set(hashes.map((h) => h.toString('hex'))))
    if (!keep.has(sha)) removeFile(folder, Buffer.from(sha, 'hex'));
}

function removeFile(folder: OpenFolder, sha256: Buffer): void {
  try {
    folder.disk.remove(archiveAt(folder, sha256));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
