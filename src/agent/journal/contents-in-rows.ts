import type { RowDataPacket } from 'mysql2/promise';
import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import type { PathRef } from '../store/path-ref.ts';
import { chunks, type Sql } from '../store/sql.ts';

/** A small file that is being journaled, with its content. */
export interface SmallContent {
  /** The number of its version. */
  seq: number;
  ref: PathRef;
  bytes: Buffer;
  sha256: Buffer;
  /** Something was recorded at this path before. */
  hasPast: boolean;
  /** The file replaces another content, which its receivers have. */
  hasBasis: boolean;
  /** It was found while the folder was adopted. */
  adopt?: boolean;
}

/** From this size (bytes) the difference to the previous content costs less than the content, although it takes a run of rsync. */
const DELTA_FROM = 16_384;

/**
 * The contents that travel in the rows of their versions, within the budget. Every link carries a row, so a content is put
 * into one only where the network has not heard of it: not when it is at another path, in the archive, was at this path
 * before, or in another row of this batch. Nor is what an adopted folder has: the other sites usually have it too. What is
 * left out is named by its hash; a site that lacks it pulls it.
 */
export async function contentsInRows(site: Site, small: SmallContent[]): Promise<[number, Buffer][]> {
  const candidates = small.filter(
    ({ bytes, adopt, hasBasis }) => bytes.length > 0 && !adopt && !(hasBasis && bytes.length >= DELTA_FROM),
  );
  const known = new Set<string>();
  for (const [folder, group] of Map.groupBy(candidates, ({ ref }) => ref.folder))
    for (const hash of await knownContents(site, folder, group)) known.add(`${folder}\0${hash}`);
  return candidates.flatMap(({ seq, ref, bytes, sha256 }): [number, Buffer][] => {
    const key = `${ref.folder}\0${sha256.toString('latin1')}`;
    if (known.has(key) || !site.store.rowBudget.take(bytes.length, site.monotonic())) return [];
    known.add(key);
    return [[seq, bytes]];
  });
}

/** The hashes, as latin1, of the contents that sites with this folder have or are about to get. */
async function knownContents(site: Site, folder: string, small: SmallContent[]): Promise<string[]> {
  const known = await storedContents(
    site.store.db,
    folder,
    small.map(({ sha256 }) => sha256),
  );
  const paths = small.filter(({ hasPast }) => hasPast).map(({ ref }) => ref);
  for (const family of (await loadFamilies(site.store.db, site, paths)).values())
    known.push(...family.flatMap(({ sha256 }) => sha256?.toString('latin1') ?? []));
  return known;
}

/** What no version stands for, like an edit that is held back, is not known to others. */
async function storedContents(db: Sql, folder: string, hashes: Buffer[]): Promise<string[]> {
  const known: string[] = [];
  for (const part of chunks(hashes)) {
    const [rows] = await db.query<RowDataPacket[]>(
      `SELECT sha256 FROM local.\`index\` WHERE sha256 IN (?) AND folder = ? AND origin <> ''
         UNION SELECT sha256 FROM local.archived WHERE sha256 IN (?) AND folder = ?
         UNION SELECT was_sha256 FROM local.held WHERE was_sha256 IN (?) AND folder = ?`,
      [part, folder, part, folder, part, folder],
    );
    known.push(...rows.map((row) => (row.sha256 as Buffer).toString('latin1')));
  }
  return known;
}
