import { join } from 'node:path';
import type { Pool, RowDataPacket } from 'mysql2/promise';
import type { SiteDir } from '../../base/site-dir.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { At } from '../fs/at.ts';
import type { Disk, Root } from '../fs/disk.ts';
import { folderRoot, type OpenFolder } from '../fs/folder.ts';

/**
 * A tree and the database that describes it carry the same mark. It is replaced in both whenever the agent starts or
 * stops cleanly, so a start detects when one of the two was restored from a backup without the other.
 */
export interface Mark {
  /** Incremented at each replacement. */
  count: number;
  token: string;
}

/** The database's copy of a folder's mark. */
export interface Paired extends Mark {
  /** The token that replaces it: if a run was killed in between, the tree may have it already. */
  next: string;
  /** The file that holds the mark; a copy of the tree has another one. */
  file: string;
  /** The agent stopped cleanly, so whatever was copied afterwards fits together. */
  ended: boolean;
}

/**
 * `treeOlder`: the index describes another state of the tree; `databaseOlder`: the database does not know the tree's
 * present state.
 */
export type Pairing = 'paired' | 'treeOlder' | 'databaseOlder';

/**
 * Pure.
 * @param file the one in which the mark was found
 */
export function pairingOf(database: Paired | undefined, tree: Mark | undefined, file: string): Pairing {
  if (!database) return tree ? 'databaseOlder' : 'paired';
  if (!tree) return 'treeOlder';
  // First, because `next` equals `token` except while the mark is being replaced.
  if (tree.token === database.token) return database.ended || file === database.file ? 'paired' : 'treeOlder';
  if (tree.token === database.next) return 'paired';
  return tree.count > database.count ? 'databaseOlder' : 'treeOlder';
}

const MARK = '.sitesync/mark';

/** The mark in a tree, and which file holds it: its inode and birth time, which no copy preserves. */
function readMark({ disk, root }: Root): { mark?: Mark; file: string } {
  const fd = openIfThere(disk, root);
  if (fd === undefined) return { file: '' };
  try {
    const at = { fd, name: MARK };
    const stats = disk.look(at);
    if (!stats) return { file: '' };
    const match = /^(\d{1,15}) ([\w-]{1,64})\n$/.exec(textOf(disk, at));
    return {
      ...(match && { mark: { count: Number(match[1]), token: match[2]! } }),
      file: `${stats.ino}/${stats.birthtimeNs}`,
    };
  } finally {
    disk.close(fd);
  }
}

function openIfThere(disk: Disk, root: string): number | undefined {
  try {
    return disk.openRoot(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The beginning of a file, longer than any mark. */
function textOf(disk: Disk, at: At): string {
  const fd = disk.openFile(at);
  try {
    const buffer = Buffer.alloc(128);
    return buffer.toString('latin1', 0, disk.read(fd, buffer, 0, buffer.length));
  } finally {
    disk.close(fd);
  }
}

/** Compares a folder's tree with the database. */
export function pairingAt(root: Root, database: Paired | undefined): Pairing {
  const { mark, file } = readMark(root);
  return pairingOf(database, mark, file);
}

/**
 * The mark files of trees that are newer than the database. A tree whose disk does not respond is checked when it is
 * opened.
 */
export async function treesAhead(db: Pick<Pool, 'query'>, plan: SitePlan, dir: SiteDir, disk: Disk): Promise<string[]> {
  const paired = await loadPaired(db);
  const roots = plan.folders.map((folder) => ({ name: folder.name, root: folderRoot(folder, dir) }));
  const answering = await Promise.all(roots.map(({ root }) => disk.answersSoon(root)));
  return roots
    .filter(({ name, root }, i) => answering[i] && pairingAt({ root, disk }, paired.get(name)) === 'databaseOlder')
    .map(({ root }) => join(root, MARK));
}

export async function loadPaired(db: Pick<Pool, 'query'>): Promise<Map<string, Paired>> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT folder, count, token, next, file, ended FROM local.paired');
  return new Map(
    rows.map((row) => [
      String(row.folder),
      {
        count: Number(row.count),
        token: String(row.token),
        next: String(row.next),
        file: String(row.file),
        ended: Number(row.ended) === 1,
      },
    ]),
  );
}

/** Replaces the mark of a folder in its tree and the database. A kill at any moment leaves them paired. */
export async function renewMark(
  db: Pick<Pool, 'query'>,
  folder: OpenFolder,
  token: string,
  ended: boolean,
): Promise<void> {
  const before = (await loadPaired(db)).get(folder.plan.name);
  const { mark: tree, file } = readMark(folder);
  const count = Math.max(before?.count ?? 0, tree?.count ?? 0) + 1;
  const known: Paired = before ?? { count: 0, token: tree?.token ?? '', next: '', file, ended: false };
  const { name } = folder.plan;
  await save(db, name, { ...known, next: token });
  await writeMark(folder, { count, token });
  await save(db, name, { count, token, next: token, file: readMark(folder).file, ended });
}

async function writeMark({ disk, rootFd }: OpenFolder, { count, token }: Mark): Promise<void> {
  const [mark, next] = [
    { fd: rootFd, name: MARK },
    { fd: rootFd, name: `${MARK}.new` },
  ];
  disk.removeAll(next);
  disk.write(next, Buffer.from(`${count} ${token}\n`), 0o600);
  const fd = disk.openFile(next);
  try {
    await disk.flushFile(fd);
  } finally {
    disk.close(fd);
  }
  disk.replace(next, mark);
}

async function save(
  db: Pick<Pool, 'query'>,
  folder: string,
  { count, token, next, file, ended }: Paired,
): Promise<void> {
  await db.query('REPLACE INTO local.paired (folder, count, token, next, file, ended) VALUES (?)', [
    [folder, count, token, next, file, ended ? 1 : 0],
  ]);
}
