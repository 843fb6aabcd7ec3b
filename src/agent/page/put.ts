import type { OpenFolder } from '../apply/folder.ts';
import { type At, flushFilesystem, moveNew } from '../apply/native.ts';
import { place } from '../apply/place.ts';
import { spareIn } from '../apply/staging.ts';
import { OpenDirectories } from '../apply/tree.ts';
import { type Archived, archiveCaught, saveArchived } from '../archive/archive.ts';
import type { Head } from '../journal/head-table.ts';
import type { IndexEntry } from '../journal/index-table.ts';
import type { PathRef } from '../journal/path-ref.ts';
import type { Site } from '../site.ts';

/** What a person wants a path to be. */
export type Wanted =
  | { kind: 'file'; staged: At; size: number; mtimeNs: bigint; mode: number; sha256: Buffer }
  | { kind: 'deleted' };

/** One change of the tree on a person's behalf: a path, what the index says of it, what it is to be. */
export interface Edit {
  ref: PathRef;
  index: IndexEntry | undefined;
  wanted: Wanted;
}

export type Refusal = 'changed-here' | 'not-empty' | { reason: string };

/**
 * Makes these paths what is wanted, in this order, with the same care as changes of other sites: what is replaced goes to
 * the archive, and what the index does not know is never touched. Staged content stays where it is when it is refused. Under
 * the site's lock; the caller has the paths looked at afterwards.
 * @returns what was refused, by the id of its path
 */
export async function edit(site: Site, folder: OpenFolder, edits: Edit[]): Promise<Map<string, Refusal>> {
  folder.check();
  const refused = new Map<string, Refusal>();
  const archived: Archived[] = [];
  const dirs = new OpenDirectories(folder.rootFd);
  const spare = spareIn(folder);
  try {
    for (const { ref, index, wanted } of edits) {
      const staged = wanted.kind === 'file' ? wanted.staged : undefined;
      const outcome = place(dirs, spare, { head: headOf(ref, wanted), index, ...(staged && { staged }) });
      if (outcome.state === 'blocked') refused.set(ref.id, { reason: outcome.reason });
      else if (outcome.state !== 'placed') refused.set(ref.id, outcome.state);
      else if (outcome.replaced && index) {
        const kept = archiveCaught(folder, outcome.replaced, index);
        if (kept) archived.push(kept);
      }
    }
  } finally {
    dirs.close();
  }
  await flushFilesystem(folder.rootFd);
  await saveArchived(site.db, archived, site.now());
  return refused;
}

/** Renames what is at one path to another that must be free; parents are made. Throws what the kernel says. */
export async function rename(folder: OpenFolder, from: PathRef, to: PathRef): Promise<void> {
  folder.check();
  const dirs = new OpenDirectories(folder.rootFd);
  try {
    const source = dirs.entry(from.path, false);
    if (!source) throw Object.assign(new Error('it is not there'), { code: 'ENOENT' });
    moveNew(source, dirs.entry(to.path, true)!);
  } finally {
    dirs.close();
  }
  await flushFilesystem(folder.rootFd);
}

function headOf(ref: PathRef, wanted: Wanted): Head {
  const none = { ref, origin: '', seq: 0, clock: 0, rivals: 0 };
  if (wanted.kind === 'deleted') return { ...none, kind: 'deleted', size: 0, mtimeNs: 0n, mode: 0 };
  const { kind, size, mtimeNs, mode, sha256 } = wanted;
  return { ...none, kind, size, mtimeNs, mode, sha256 };
}
