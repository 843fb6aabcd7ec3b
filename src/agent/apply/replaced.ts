import type { BytePath } from '../../base/bytes.ts';
import { copyToArchive, moveToArchive } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { OpenDirectories } from '../fs/open-directories.ts';
import { discard } from '../fs/staging.ts';
import { type Archived } from '../store/archived.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { conflictPath } from './conflict-name.ts';

/**
 * What happened to replaced content: `archived`: it is in the archive; `open`: a program may still write to the file, which
 * stays beside the archive under its name in staging.
 */
export interface Settled {
  archived?: Archived;
  open?: true;
}

/**
 * Archives replaced content as bytes that nobody can write to any more. A file that has another name, or that a program has
 * open for writing, is copied; an open one is watched until it is closed, for late writes (late-writes.ts). Other than
 * files nothing needs to be kept: the journal has a symlink's target and everything about a directory.
 */
export async function settleReplaced(folder: OpenFolder, caught: At, entry: IndexEntry): Promise<Settled> {
  const { disk } = folder;
  const stats = disk.look(caught);
  if (!stats) return {};
  const { ref, origin, seq, sha256, size } = entry;
  if (!stats.isFile() || !sha256) {
    discard(folder, caught);
    return {};
  }
  const archived = { ref, origin, seq, sha256, size };
  const hasOtherName = stats.nlink > 1n;
  try {
    if (!hasOtherName && !disk.isOpenForWriting(caught)) {
      moveToArchive(folder, caught, sha256);
      return { archived };
    }
    const isCopied = await copyToArchive(folder, caught, sha256);
    if (hasOtherName) disk.remove(caught);
    else setAside(folder, caught);
    return { ...(isCopied && { archived }), ...(!hasOtherName && { open: true }) };
  } catch (error) {
    if (!disk.look(caught)) throw error;
    // There may be no room: then it is kept, and archived when there is.
    setAside(folder, caught);
    return { open: true };
  }
}

function setAside({ disk, replacedFd }: OpenFolder, caught: At): void {
  disk.moveNew(caught, { fd: replacedFd, name: caught.name });
}

/** Maximum number of names to try for a file that is kept beside another one. */
const NAMES = 100;

/** Keeps a file, or whatever it is, in the tree beside a path under a conflict name. Returns its path. */
export function keepBeside(
  { disk }: OpenFolder,
  dirs: OpenDirectories,
  from: At,
  path: BytePath,
  site: string,
  detectedAt: number,
): BytePath {
  for (let attempt = 1; ; attempt++) {
    const copy = conflictPath(path, site, detectedAt, attempt);
    const at = dirs.entry(copy, true);
    if (!at) throw new Error('the directory of a file that was just placed is gone');
    try {
      disk.moveNew(from, at);
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt >= NAMES) throw error;
    }
  }
}

/** The conflict name under which a file with this inode exists; undefined if there is none. */
export function findBeside(
  { disk }: OpenFolder,
  dirs: OpenDirectories,
  ino: bigint,
  path: BytePath,
  site: string,
  detectedAt: number,
): BytePath | undefined {
  for (let attempt = 1; attempt <= NAMES; attempt++) {
    const copy = conflictPath(path, site, detectedAt, attempt);
    const at = dirs.entry(copy, false);
    const stats = at && disk.look(at);
    if (!stats) return undefined;
    if (stats.ino === ino) return copy;
  }
  return undefined;
}
