import { transaction } from '../../database/transaction.ts';
import { describe } from '../../problems/problem.ts';
import { applyAll } from '../apply/apply.ts';
import { commitPrivate } from '../apply/commit.ts';
import type { Want } from '../apply/want.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import { mustAnswer } from '../site/must-answer.ts';
import type { Site } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';

/** The state that a user wants for a path. */
type Wanted =
  | { kind: 'file'; staged: At; size: number; mtimeNs: bigint; mode: number; sha256: Buffer }
  | { kind: 'deleted' };

/** One change of the tree in a user's name. `index` is the entry it was decided on. */
export interface Edit {
  ref: PathRef;
  index: IndexEntry | undefined;
  wanted: Wanted;
}

export type Refusal = 'changed-here' | 'not-empty' | { reason: string };

/**
 * Applies edits in this order, as carefully as changes from other sites: what is replaced goes to the archive, and what
 * the index does not know is never touched. Staged content of an edit that is refused stays in staging. Must run under
 * the site's lock; afterwards the caller has the paths observed.
 * @returns why edits were refused, by the id of the path
 */
export async function edit(site: Site, folder: OpenFolder, edits: Edit[]): Promise<Map<string, Refusal>> {
  await mustAnswer(site, folder);
  const wants = edits.map(({ ref, index, wanted }): Want => {
    const head = headOf(ref, wanted);
    return wanted.kind === 'file' ? { head, index, staged: wanted.staged } : { head, index };
  });
  const applied = await applyAll(site, folder, wants);
  await transaction(site.store.db, (tx) => commitPrivate(site, tx, applied));
  if (applied.look.length > 0) site.wake.look.publish(applied.look);
  const notEmpty = new Set(applied.notEmpty.map(({ id }) => id));
  const changed = new Set(applied.look.map(({ id }) => id));
  return new Map(
    applied.postponed.map(({ head: { ref }, problem }): [string, Refusal] => [
      ref.id,
      notEmpty.has(ref.id)
        ? 'not-empty'
        : changed.has(ref.id)
          ? 'changed-here'
          : { reason: describe(problem, site.plan.site).reason },
    ]),
  );
}

/** Renames an entry to a path that must be free; creates missing parents. Throws the kernel's error. */
export async function rename(site: Site, folder: OpenFolder, from: PathRef, to: PathRef): Promise<void> {
  await mustAnswer(site, folder);
  const dirs = new OpenDirectories(folder);
  try {
    const source = dirs.entry(from.path, false);
    if (!source) throw Object.assign(new Error('it is not there'), { code: 'ENOENT' });
    folder.disk.moveNew(source, dirs.entry(to.path, true)!);
  } finally {
    dirs.close();
  }
  await folder.disk.flush(folder.rootFd);
}

function headOf(ref: PathRef, wanted: Wanted): Head {
  // Neither the id of a version nor that of an unversioned entry.
  const none = { ref, origin: '', seq: -1, clock: 0, rivals: 0 };
  if (wanted.kind === 'deleted') return { ...none, kind: 'deleted', size: 0, mtimeNs: 0n, mode: 0 };
  const { kind, size, mtimeNs, mode, sha256 } = wanted;
  return { ...none, kind, size, mtimeNs, mode, sha256 };
}
