import type { BytePath } from '../../base/bytes.ts';
import { copyToArchive } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { OpenDirectories } from '../fs/open-directories.ts';
import type { SiteContext } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Losing } from '../store/intent.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import type { Applied } from './commit.ts';
import { keepBeside, settleReplaced } from './replaced.ts';

/** Where a batch is applied. */
export interface Place {
  site: SiteContext;
  folder: OpenFolder;
  dirs: OpenDirectories;
}

/** Keeps what somebody put at a path at the very moment it was changed; it is treated as the new file that it is. */
export function keepAside(result: Applied, { site, folder, dirs }: Place, ref: PathRef, aside: At): void {
  const copy = keepBeside(folder, dirs, aside, ref.path, site.plan.site, site.now());
  result.look.push(refOf(ref.folder, copy));
}

/**
 * A losing edit stays as a file of its own beside the winner; the content of a version goes to the archive like any
 * replaced one.
 * @returns whether a program may still write to what was replaced
 */
export async function keepReplaced(
  result: Applied,
  { site, folder, dirs }: Place,
  { head, index, losing }: { head: Head; index: IndexEntry; losing?: Losing },
  caught: At,
): Promise<boolean> {
  if (!losing || !index.sha256) {
    const { archived, open = false } = await settleReplaced(folder, caught, index);
    if (archived) result.archived.push(archived);
    return open;
  }
  if (losing.id) await archiveCopy(result, folder, caught, index);
  const copy = keepBeside(folder, dirs, caught, head.ref.path, site.plan.site, losing.detectedAt);
  noteConflict(result, head, losing, copy);
  return false;
}

/** The edit itself stays in the tree, so that nothing is lost if there is no room for the copy. */
async function archiveCopy(result: Applied, folder: OpenFolder, from: At, index: IndexEntry): Promise<void> {
  const { ref, origin, seq, size, sha256 } = index;
  try {
    if (sha256 && (await copyToArchive(folder, from, sha256))) result.archived.push({ ref, origin, seq, size, sha256 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

export function noteConflict(result: Applied, { ref, origin, seq }: Head, losing: Losing, copy: BytePath): void {
  if (losing.id) result.conflicts.push({ losing: losing.id, winner: { origin, seq }, copy });
  result.look.push(refOf(ref.folder, copy));
}
