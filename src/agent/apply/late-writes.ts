import { repeat } from '../../base/repeat.ts';
import { transaction } from '../../database/transaction.ts';
import { copyToArchive, moveToArchive } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import { sweep } from '../fs/staging.ts';
import type { Site } from '../site/site.ts';
import { type Archived, saveArchived } from '../store/archived.ts';
import { dropIntents, type Intent, loadIntents } from '../store/intent.ts';
import { refOf } from '../store/path-ref.ts';
import { keepBeside } from './replaced.ts';

const POLL_MS = 2000;

/**
 * Watches replaced files that a program had open for writing, until it has closed them: late writes become a file beside
 * the path, with a conflict name. Runs until the site's signal is aborted.
 */
export async function followLateWrites(site: Site): Promise<void> {
  const failed = (err: Error, folder?: string) =>
    site.log.warn({ err, folder }, 'replaced files could not be looked at; trying again');
  async function round(): Promise<void> {
    for (const folder of site.folders.values()) {
      try {
        if (!(await folder.answers())) continue;
        sweep(folder);
        await lookAt(site, folder);
      } catch (error) {
        failed(error as Error, folder.plan.name);
      }
    }
  }
  await repeat(round, { signal: site.signal, clock: site, pause: POLL_MS, pauseFirst: true, failed });
}

/** A file that cannot be read keeps no other one waiting. Throws what went wrong once all were looked at. */
async function lookAt(site: Site, folder: OpenFolder): Promise<void> {
  let failure: unknown;
  for (const intent of await loadIntents(site.store.db, folder.plan.name, true)) {
    const at: At = { fd: folder.replacedFd, name: intent.staged };
    try {
      if (folder.disk.look(at) && folder.disk.isOpenForWriting(at)) continue;
      await site.store.lock(() => settle(site, folder, intent, at));
    } catch (error) {
      failure = error;
    }
  }
  if (failure) throw failure;
}

/** Nobody can write to it any more: it is what was replaced, or has changed. */
async function settle(site: Site, folder: OpenFolder, { staged, head, was }: Intent, at: At): Promise<void> {
  const stats = folder.disk.look(at);
  const archived: Archived[] = [];
  if (stats && was) {
    const isUnchanged = (await hashFile(folder.disk, at)).equals(was.sha256);
    if (isUnchanged) archived.push({ ref: head.ref, ...was });
    if (stats.nlink > 1n) {
      // Late writes are visible under its other name.
      if (isUnchanged) await copyToArchive(folder, at, was.sha256);
      folder.disk.remove(at);
    } else if (isUnchanged) moveToArchive(folder, at, was.sha256);
    else keepLate(site, folder, head, at);
    await folder.disk.flush(folder.rootFd);
  }
  await transaction(site.store.db, async (tx) => {
    await saveArchived(tx, archived, site.now());
    await dropIntents(tx, [staged]);
  });
}

function keepLate(site: Site, folder: OpenFolder, { ref }: Intent['head'], at: At): void {
  const dirs = new OpenDirectories(folder);
  try {
    const copy = keepBeside(folder, dirs, at, ref.path, site.plan.site, site.now());
    site.log.warn(
      { folder: ref.folder },
      'a program wrote to a file after it was replaced; its version is kept beside the new one',
    );
    site.wake.look.publish([refOf(ref.folder, copy)]);
  } finally {
    dirs.close();
  }
}
