import { keepBeside } from '../apply/replaced.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import type { Site } from '../site/site.ts';
import { loadHeads } from '../store/head.ts';
import { dropIndex } from '../store/index-entry.ts';
import { inBatches, indexBelow } from '../store/index-tree.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { waitFor } from '../store/pending.ts';
import { holdsOnlyUnshared } from './unshared.ts';

/**
 * In a receive-only folder: a directory with nothing but local files, in the place of another site's file or symlink, is
 * renamed to a conflict name like a local edit. Nobody else could resolve it, because this site does not share that
 * directory. Call it under the site's lock. Returns the ids of the settled paths.
 */
export async function moveDirectoriesAside(site: Site, refs: PathRef[]): Promise<Set<string>> {
  const heads = await loadHeads(site.store.db, refs);
  const settled = new Set<string>();
  for (const ref of refs) {
    const [folder, head] = [site.folders.get(ref.folder), heads.get(ref.id)];
    if (!folder || !head || head.kind === 'dir' || head.kind === 'deleted' || !onlyReceives(folder)) continue;
    if (!(await holdsOnlyUnshared(site.store.db, folder, ref.path)) || !moveAside(site, folder, ref)) continue;
    for await (const below of inBatches(indexBelow(site.store.db, ref.folder, ref.path)))
      await dropIndex(
        site.store.db,
        below.map((entry) => entry.ref),
      );
    await dropIndex(site.store.db, [ref]);
    await waitFor(site.store.db, [head], 0);
    settled.add(ref.id);
  }
  if (settled.size > 0) site.wake.pull.ring();
  return settled;
}

const onlyReceives = ({ plan }: OpenFolder) => plan.mode === 'receiveOnly' || plan.mode === 'relay';

/** Whether it was there. */
function moveAside(site: Site, folder: OpenFolder, ref: PathRef): boolean {
  const dirs = new OpenDirectories(folder);
  try {
    const at = dirs.entry(ref.path, false);
    if (!at || !folder.disk.look(at)?.isDirectory()) return false;
    const copy = keepBeside(folder, dirs, at, ref.path, site.plan.site, site.now());
    site.wake.look.publish([ref, refOf(ref.folder, copy)]);
    site.log.warn(
      { folder: ref.folder },
      'a local directory was in the place of a file of another site: it is kept beside',
    );
    return true;
  } finally {
    dirs.close();
  }
}
