import type { RowDataPacket } from 'mysql2/promise';
import { takeKept } from '../apply/kept.ts';
import { archiveAt, isArchived } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import { discard, spareIn } from '../fs/staging.ts';
import { text } from '../store/rows.ts';
import type { Sql } from '../store/sql.ts';

/**
 * Content with this hash that is already on this disk, kept for a retry or anywhere in the folder or its archive, as a
 * verified copy in staging: a rename or copy transfers no content.
 * @param applied resolves when the batch that is being applied now has ended: it may move the content from the tree to the
 * archive between two looks. Absent under the site's lock, where there is none
 */
export async function findContent(
  db: Sql,
  folder: OpenFolder,
  sha256: Buffer,
  applied?: () => Promise<void>,
): Promise<At | undefined> {
  const kept = await takeKept(folder, sha256);
  if (kept) return kept;
  const archived = await copyOfArchived(folder, sha256);
  if (archived) return archived;
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT path FROM local.`index` WHERE sha256 = ? AND folder = ? LIMIT 3',
    [sha256, folder.plan.name],
  );
  for (const row of rows) {
    const dirs = new OpenDirectories(folder);
    try {
      const at = dirs.entry(text(row.path), false);
      const copy = at && (await copyVerified(folder, at, sha256));
      if (copy) return copy;
    } finally {
      dirs.close();
    }
  }
  if (rows.length > 0) await applied?.();
  return copyOfArchived(folder, sha256);
}

async function copyOfArchived(folder: OpenFolder, sha256: Buffer): Promise<At | undefined> {
  return isArchived(folder, sha256) ? copyVerified(folder, archiveAt(folder, sha256), sha256) : undefined;
}

async function copyVerified(folder: OpenFolder, from: At, sha256: Buffer): Promise<At | undefined> {
  const at = spareIn(folder);
  try {
    await folder.disk.copy(from, at);
  } catch (error) {
    // It may have been moved or edited at this moment: then a neighbour is asked instead.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw error;
  }
  let isSound = false;
  try {
    isSound = (await hashFile(folder.disk, at)).equals(sha256);
  } finally {
    if (!isSound) discard(folder, at);
  }
  return isSound ? at : undefined;
}
