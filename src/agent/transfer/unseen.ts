import type { OpenFolder } from '../fs/folder.ts';
import { NotADirectory, OpenDirectories } from '../fs/open-directories.ts';
import type { Site } from '../site/site.ts';
import { type Pending, waitFor } from '../store/pending.ts';

/** When a path that waits for the detector is considered again (ms): it usually is in step by then. */
const AGAIN_MS = 5000;
/** Once the tree has been scanned: what the detector has not recorded by then (ms) is fetched all the same. */
const PATIENCE_MS = 30_000;

/**
 * Lets wait what may be on this disk although the index does not have it: a row that is quicker than the first scan of the
 * tree would have the file sent that is there. Has the detector look at these paths. Returns what waits.
 * @param unknown items of one folder whose paths the index does not have
 */
export async function letUnseenWait(site: Site, folder: OpenFolder, unknown: Pending[]): Promise<Set<Pending>> {
  const isAdopting = site.adopting.has(folder.plan.name);
  const isPatient = ({ since }: Pending) => isAdopting || Math.abs(site.now() - since) < PATIENCE_MS;
  const unseen = here(folder, unknown.filter(isPatient));
  if (unseen.length === 0) return new Set();
  const heads = unseen.map(({ head }) => head);
  await waitFor(site.store.db, heads, site.now() + AGAIN_MS);
  if (!isAdopting) site.wake.look.publish(heads.map(({ ref }) => ref));
  return new Set(unseen);
}

/** Those for which a file of their size is at their path. */
function here(folder: OpenFolder, items: Pending[]): Pending[] {
  const directories = new OpenDirectories(folder);
  const isHere = ({ head }: Pending) => {
    try {
      const at = directories.entry(head.ref.path, false);
      const stats = at && folder.disk.look(at);
      return stats?.isFile() === true && Number(stats.size) === head.size;
    } catch (error) {
      if (error instanceof NotADirectory || (error as NodeJS.ErrnoException).code !== undefined) return false;
      throw error;
    }
  };
  try {
    return items.filter(isHere);
  } finally {
    directories.close();
  }
}
