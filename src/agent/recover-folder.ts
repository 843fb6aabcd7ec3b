import { recoverIntents } from './apply/recover.ts';
import { moveToArchive } from './archive/archive.ts';
import type { OpenFolder } from './fs/folder.ts';
import { hashFile } from './fs/hash.ts';
import { leftInStaging } from './fs/staging.ts';
import { restoreModes } from './fs/write-bit.ts';
import type { Site } from './site/site.ts';

/**
 * Completes what an earlier run left, and empties staging. Files that no intent names are new content that was not
 * placed and will be fetched again, or come from a release without intents, which named what it caught and pulled.
 */
export async function recoverFolder(site: Site, folder: OpenFolder): Promise<void> {
  restoreModes(folder);
  await recoverIntents(site, folder);
  restoreModes(folder); // of what was put back
  for (const name of leftInStaging(folder)) {
    const at = { fd: folder.stagingFd, name };
    if (name.startsWith('pull-')) folder.disk.replace(at, { fd: folder.partialFd, name: name.slice('pull-'.length) });
    else if (name.startsWith('caught-') && folder.disk.look(at)?.isFile())
      moveToArchive(folder, at, await hashFile(folder.disk, at));
    else folder.disk.removeAll(at);
  }
  forgetPartial(folder, site.now());
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
