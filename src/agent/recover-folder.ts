import type { Pairing } from './apply/pairing.ts';
import { recoverIntents } from './apply/recover.ts';
import { copyToArchive, moveToArchive } from './archive/archive.ts';
import type { OpenFolder } from './fs/folder.ts';
import { hashFile } from './fs/hash.ts';
import { leftInStaging } from './fs/staging.ts';
import { restoreModes } from './fs/write-bit.ts';
import type { Site } from './site/site.ts';
import { loadIntents } from './store/intent.ts';

/**
 * Completes what an earlier run left, and empties staging. Files that no intent names are new content that was not
 * placed and will be fetched again, or come from a release without intents, which named what it caught and pulled. If the
 * database is not the one of the last run, its intents are unknown: then they may be what was replaced, and are archived.
 */
export async function recoverFolder(site: Site, folder: OpenFolder, pairing: Pairing): Promise<void> {
  restoreModes(folder);
  await recoverIntents(site, folder);
  restoreModes(folder); // of what was put back
  const { disk, stagingFd, partialFd } = folder;
  for (const name of leftInStaging(folder)) {
    const at = { fd: stagingFd, name };
    const isOld = pairing === 'databaseOlder' || name.startsWith('caught-');
    if (name.startsWith('pull-')) disk.replace(at, { fd: partialFd, name: name.slice('pull-'.length) });
    else if (isOld && disk.look(at)?.isFile()) moveToArchive(folder, at, await hashFile(disk, at));
    else disk.removeAll(at);
  }
  await archiveForgotten(site, folder);
  forgetPartial(folder, site.now());
}

/** Archives replaced files that no intent names any more, because the database was replaced. */
async function archiveForgotten({ store }: Site, folder: OpenFolder): Promise<void> {
  const { disk, replacedFd } = folder;
  const names = [...disk.names(replacedFd)].flat();
  if (names.length === 0) return;
  const known = new Set((await loadIntents(store.db, folder.plan.name, true)).map(({ staged }) => staged));
  for (const name of names) {
    const at = { fd: replacedFd, name };
    const stats = disk.look(at);
    if (!stats || known.has(name) || disk.isOpenForWriting(at)) continue;
    const sha256 = await hashFile(disk, at);
    if (stats.nlink === 1n) moveToArchive(folder, at, sha256);
    else if (await copyToArchive(folder, at, sha256)) disk.remove(at);
  }
}

const PARTIAL_MS = 7 * 86_400_000;

/** Removes partial downloads that were not continued for a week; those of batches are never continued. */
function forgetPartial({ disk, partialFd }: OpenFolder, now: number): void {
  for (const name of [...disk.names(partialFd)].flat()) {
    const at = { fd: partialFd, name };
    const isResumable = !/^(batch|restore)-/.test(name);
    const ageMs = now - Number((disk.look(at)?.mtimeNs ?? 0n) / 1_000_000n);
    if (!isResumable || ageMs > PARTIAL_MS) disk.removeAll(at);
  }
}
