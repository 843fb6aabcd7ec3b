import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { archiveAt } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { SiteView } from '../site/site.ts';
import { type Damage, saveDamage } from '../store/damage.ts';
import { text } from '../store/rows.ts';
import type { Sql } from '../store/sql.ts';
import { formatId } from '../versions/version.ts';
import { judgeArchived } from './judge.ts';
import type { Reader } from './reader.ts';
import type { Verified } from './tree.ts';

/** Content in the archive, with a version that it stands for. */
export interface ArchivedContent {
  sha256: Buffer;
  size: number;
  origin: string;
  seq: number;
}

/** The archived contents of a folder after this hash, in hash order. Excludes copies of damaged files, which are not versions. */
export async function archivedAfter(db: Sql, folder: string, after: Buffer, limit: number): Promise<ArchivedContent[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT sha256, MIN(size) AS size, MIN(CONCAT(origin, '.', seq)) AS version FROM local.archived
      WHERE folder = ? AND origin <> '' AND sha256 > ? GROUP BY sha256 ORDER BY sha256 LIMIT ?`,
    [folder, after, limit],
  );
  return rows.map(readContent);
}

/** Those of these contents that are still archived. */
async function stillArchived(db: Sql, folder: string, all: ArchivedContent[]): Promise<Set<string>> {
  if (all.length === 0) return new Set();
  const [rows] = await db.query<RowDataPacket[]>(
    "SELECT DISTINCT sha256 FROM local.archived WHERE folder = ? AND origin <> '' AND sha256 IN (?)",
    [folder, all.map(({ sha256 }) => sha256)],
  );
  return new Set(rows.map((row) => row.sha256.toString('hex')));
}

/** Archived contents of one path. */
export async function archivedOf(db: Sql, pathKeys: Buffer[]): Promise<ArchivedContent[]> {
  if (pathKeys.length === 0) return [];
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT sha256, MIN(size) AS size, MIN(CONCAT(origin, '.', seq)) AS version FROM local.archived
      WHERE path_key IN (?) AND origin <> '' GROUP BY sha256`,
    [pathKeys],
  );
  return rows.map(readContent);
}

function readContent(row: RowDataPacket): ArchivedContent {
  const version = text(row.version);
  const dot = version.lastIndexOf('.');
  return {
    sha256: row.sha256,
    size: Number(row.size),
    origin: version.slice(0, dot),
    seq: Number(version.slice(dot + 1)),
  };
}

/**
 * Verifies archived contents. What is damaged is moved aside, so that nothing takes it for the content of its name, and the
 * right content, wherever it comes from, finds its place free.
 */
export async function verifyArchived(
  site: SiteView,
  folder: OpenFolder,
  reader: Reader,
  contents: ArchivedContent[],
): Promise<Verified> {
  const read = async (some: ArchivedContent[], flushed: boolean) => {
    const paths = some.map(({ sha256 }) => archiveAt(folder, sha256).name);
    const readings = paths.length > 0 ? await reader.read({ root: folder.archive, paths, flushed }) : [];
    return some.map((one, i) => ({ one, verdict: judgeArchived(one.sha256, readings[i]!) }));
  };
  const first = await read(contents, false);
  const doubtful = first.flatMap(({ one, verdict }) => (verdict.is === 'damaged' ? [one] : []));
  const second = await read(doubtful, true);
  const kept = await stillArchived(site.store.db, folder.plan.name, doubtful);
  const damaged: Damage[] = [];
  for (const { one, verdict } of second) {
    if (verdict.is !== 'damaged' || !kept.has(one.sha256.toString('hex'))) continue;
    const { what, found } = verdict;
    damaged.push({ ...one, ...(await placeOf(site, folder, one)), what, foundAt: site.now(), ...(found && { found }) });
  }
  await site.store.lock(async () => {
    for (const { sha256, what } of damaged) if (what !== 'lost') moveAside(folder, sha256);
  });
  await saveDamage(site.store.db, damaged);
  for (const one of damaged)
    site.log.error({ folder: one.folder, version: formatId(one), what: one.what }, 'an archived version is damaged');
  return {
    files: contents.length,
    bytes: contents.reduce((sum, { size }) => sum + size, 0),
    damaged,
    failed: first.flatMap(({ one, verdict }) =>
      verdict.is === 'unknown' ? [`the archived version ${formatId(one)}: ${verdict.reason}`] : [],
    ),
  };
}

/** The path of the version, by which users know an archived content. */
async function placeOf(site: SiteView, folder: OpenFolder, { origin, seq, sha256 }: ArchivedContent) {
  const isKnown = [...site.plan.sites.map(({ name }) => name), ...site.store.former].includes(origin);
  const [rows] = isKnown
    ? await site.store.db.query<RowDataPacket[]>(`SELECT path FROM ${siteSchema(origin)}.version WHERE seq = ?`, [seq])
    : [[]];
  const path = rows[0] ? text(rows[0].path) : '';
  const key = sha256.subarray(0, 16);
  return { folder: folder.plan.name, place: 'archive' as const, path, pathKey: key, dirKey: Buffer.alloc(16) };
}

/** Where damaged content of the archive is kept until the right one arrives, or nobody wants it any more. */
export function asideOf(folder: OpenFolder, sha256: Buffer): At {
  const { fd, name } = archiveAt(folder, sha256);
  return { fd, name: `${name}.damaged` };
}

function moveAside(folder: OpenFolder, sha256: Buffer): void {
  const at = archiveAt(folder, sha256);
  if (folder.disk.look(at)) folder.disk.replace(at, asideOf(folder, sha256));
}
