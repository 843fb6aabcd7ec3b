import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { ignoreOf } from '../fs/ignore.ts';
import { factAt } from '../fs/lstat.ts';
import { openTree, type Tree } from '../fs/tree.ts';
import { isUnversioned, loadIndex } from '../store/index-entry.ts';
import { refOf } from '../store/path-ref.ts';
import type { Sql } from '../store/sql.ts';

/**
 * Whether a directory on this disk has entries, none of which is or will be shared: only ignored ones, sockets and pipes,
 * in a receive-only folder also local ones, and directories with nothing else. Throws when that is unknown.
 */
export async function holdsOnlyUnshared(db: Sql, folder: OpenFolder, dir: BytePath): Promise<boolean> {
  const tree = openTree(folder);
  try {
    return await isUnshared(db, folder, tree, dir);
  } finally {
    tree.close();
  }
}

async function isUnshared(db: Sql, folder: OpenFolder, tree: Tree, dir: BytePath): Promise<boolean> {
  const fd = tree.open(dir);
  if (fd === undefined) return false;
  const ignore = ignoreOf(folder.plan.ignore);
  const below: BytePath[] = [];
  const files: BytePath[] = [];
  let entries = 0;
  try {
    for (const names of folder.disk.names(fd))
      for (const name of names) {
        entries++;
        if (ignore(dir, name)) continue;
        const path = joinPath(dir, name);
        const kind = factAt(folder.disk, { fd, name }, path)?.kind;
        if (kind) (kind === 'dir' ? below : files).push(path);
      }
  } finally {
    folder.disk.close(fd);
  }
  if (entries === 0 || !(await areLocal(db, folder, files))) return false;
  for (const path of below) if (!(await isUnshared(db, folder, tree, path))) return false;
  return true;
}

/** Whether these are local, in a receive-only folder. */
async function areLocal(db: Sql, { plan }: OpenFolder, files: BytePath[]): Promise<boolean> {
  if (files.length === 0) return true;
  if (plan.mode === 'readWrite' || plan.mode === 'sendOnly') return false;
  const refs = files.map((path) => refOf(plan.name, path));
  const index = await loadIndex(db, refs);
  return refs.every(({ id }) => {
    const entry = index.get(id);
    return entry !== undefined && isUnversioned(entry);
  });
}
