import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { discard, spareIn } from '../fs/staging.ts';

/**
 * Where the archive of a folder keeps content with this hash, relative to the folder's root: the path that neighbours
 * request.
 */
export function archiveRelative(sha256: Buffer): string {
  const hex = sha256.toString('hex');
  return `.sitesync/archive/${hex.slice(0, 2)}/${hex}`;
}

/** The same in the open archive. */
export function archiveAt({ archiveFd }: OpenFolder, sha256: Buffer): At {
  const hex = sha256.toString('hex');
  return { fd: archiveFd, name: `${hex.slice(0, 2)}/${hex}` };
}

export function isArchived(folder: OpenFolder, sha256: Buffer): boolean {
  return folder.disk.look(archiveAt(folder, sha256)) !== undefined;
}

/** Moves a file with a known hash into the archive. Nobody may be able to write to it any more. */
export function moveToArchive(folder: OpenFolder, from: At, sha256: Buffer): void {
  const target = archiveAt(folder, sha256);
  if (folder.disk.look(target)) return folder.disk.remove(from);
  makeShard(folder, target);
  folder.disk.replace(from, target);
}

/**
 * Copies a file into the archive as bytes of its own; cheap where the filesystem can share blocks.
 * @returns false when the file has other content by now
 */
export async function copyToArchive(folder: OpenFolder, from: At, sha256: Buffer): Promise<boolean> {
  if (isArchived(folder, sha256)) return true;
  const copy = spareIn(folder);
  try {
    await folder.disk.copy(from, copy);
    if (!(await hashFile(folder.disk, copy)).equals(sha256)) return false;
    moveToArchive(folder, copy, sha256);
    return true;
  } finally {
    discard(folder, copy);
  }
}

function makeShard({ archiveFd, disk }: OpenFolder, { name }: At): void {
  const shard = { fd: archiveFd, name: name.slice(0, 2) };
  if (!disk.look(shard)) disk.makeDirectory(shard, 0o700);
}
