import { closeSync, fsyncSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool, RowDataPacket } from 'mysql2/promise';
import { readIfThere } from '../../base/files.ts';
import type { SiteDir } from '../../base/site-dir.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { folderRoot, type OpenFolder } from '../fs/folder.ts';
import { answersSoon } from '../fs/probe.ts';

/**
 * A tree and the database that describes it carry the same mark, which is replaced in both whenever the agent starts and whenever it
 * ends in order. So a start sees when one of the two was put back from a copy without the other.
 */
export interface Mark {
  /** Raised by one each time. */
  count: number;
  token: string;
}

/** What the database knows of a folder's mark. */
export interface Paired extends Mark {
  /** The one that replaces it: of a run that was killed in between, the tree may have it already. */
  next: string;
  /** The file that it was written to, which no copy of the tree is. */
  file: string;
  /** The agent ended in order then: whatever was copied afterwards fits. */
  ended: boolean;
}

/** `treeOlder`: the tree is not the one that the index describes; `databaseOlder`: the database does not know the tree's present state. */
export type Pairing = 'paired' | 'treeOlder' | 'databaseOlder';

/** Pure. @param file the one in which the mark was found */
export function pairingOf(database: Paired | undefined, tree: Mark | undefined, file: string): Pairing {
  if (!database) return tree ? 'databaseOlder' : 'paired';
  if (!tree) return 'treeOlder';
  if (tree.token === database.next) return 'paired';
  if (tree.token === database.token) return database.ended || file === database.file ? 'paired' : 'treeOlder';
  return tree.count > database.count ? 'databaseOlder' : 'treeOlder';
}

const markPath = (root: string) => join(root, '.sitesync', 'mark');

/** The mark in a tree; undefined when there is none that can be read. */
function readMark(root: string): Mark | undefined {
  const match = /^(\d{1,15}) ([\w-]{1,64})\n$/.exec(readIfThere(markPath(root)) ?? '');
  return match ? { count: Number(match[1]), token: match[2]! } : undefined;
}

/** Inode and time of birth: a copy has others, whatever times it keeps. */
function markFile(root: string): string {
  const stats = statSync(markPath(root), { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino}/${stats.birthtimeNs}` : '';
}

/** How a folder's tree and the database stand now. */
export const pairingAt = (root: string, database: Paired | undefined): Pairing =>
  pairingOf(database, readMark(root), markFile(root));

/**
 * Folders whose trees the database is too old for, with the files by which that is seen. Of a tree whose disk does not answer nothing is
 * known before it is opened.
 */
export async function treesAhead(db: Pick<Pool, 'query'>, plan: SitePlan, dir: SiteDir): Promise<string[]> {
  const paired = await loadPaired(db);
  const roots = plan.folders.map((folder) => ({ name: folder.name, root: folderRoot(folder, dir) }));
  const answering = await Promise.all(roots.map(({ root }) => answersSoon(root)));
  return roots
    .filter(({ name, root }, i) => answering[i] && pairingAt(root, paired.get(name)) === 'databaseOlder')
    .map(({ root }) => markPath(root));
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

/** Replaces the mark of a folder and its database. A kill at any moment leaves them paired. */
export async function renewMark(
  db: Pick<Pool, 'query'>,
  { plan, root }: Pick<OpenFolder, 'plan' | 'root'>,
  token: string,
  ended: boolean,
): Promise<void> {
  const before = (await loadPaired(db)).get(plan.name);
  const tree = readMark(root);
  const count = Math.max(before?.count ?? 0, tree?.count ?? 0) + 1;
  const known: Paired = before ?? { count: 0, token: tree?.token ?? '', next: '', file: markFile(root), ended: false };
  await save(db, plan.name, { ...known, next: token });
  writeMark(root, { count, token });
  await save(db, plan.name, { count, token, next: token, file: markFile(root), ended });
}

function writeMark(root: string, { count, token }: Mark): void {
  const path = markPath(root);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(fd, `${count} ${token}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
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

/** For people, with the two remedies. Pure. */
export const doubtTrouble = (site: string, marks: string[]): string =>
  `the database of ${site} is older than its files, and no neighbour that knows better answers: connect it with one; or, to take all that differs for edits made there, run "rm ${marks.join(' ')}"`;
