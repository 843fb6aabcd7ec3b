import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath, pathKey } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import type { Entries, EntriesQuery } from '../../web/contract/browse.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { SiteView } from '../site/site.ts';
import { loadHeads } from '../store/head.ts';
import { refOf } from '../store/path-ref.ts';
import { blob, text } from '../store/rows.ts';
import { entriesAt, versionAt } from './as-of.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { awayOf, ENTRY_COLUMNS, entriesOf, sitesOf } from './entry.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

type Query = Omit<EntriesQuery, 'path'>;

/** The sort key, as a column and as a parameter. Names are compared ignoring case. */
const KEYS = {
  name: { column: 'CONVERT(h.path USING latin1)', value: 'CONVERT(? USING latin1)' },
  size: { column: 'h.size', value: 'CAST(? AS UNSIGNED)' },
  mtime: { column: 'h.mtime_ns', value: 'CAST(? AS SIGNED)' },
} as const;

/** The last entry of a page: whether it is a directory, its key, its path. */
const Place = z.tuple([z.boolean(), z.string().max(30), z.string().max(4095)]);

/** A page of a directory's entries, directories first. One directory is one range of the table's key. */
export async function listEntries(
  site: SiteView,
  snapshot: () => Promise<PlacementSnapshot>,
  folder: string,
  path: BytePath,
  query: Query,
): Promise<Entries> {
  await mustBeDirectory(site, folder, path, query.at);
  const sites = sitesOf(site, folder);
  const now = await snapshot();
  const about = { folder, path: encodeApiPath(path), sites, away: awayOf(sites, now), asOf: isoOf(now.at) };
  if (query.at !== undefined) return { ...about, ...(await entriesAt(site, now, folder, path, query)) };
  const dirKey = pathKey(folder, path);
  const kinds = query.deleted === 'true' ? '' : " AND h.kind <> 'deleted'";
  const rows = await page(site, dirKey, kinds, query);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : undefined;
  return {
    ...about,
    entries: (await entriesOf(site, shown, now)).map(({ entry }) => entry),
    next: last ? writeCursor([last.kind === 'dir', String(keyOf(last, query.sort)), text(last.path)]) : null,
    total: query.cursor === undefined ? await count(site, dirKey, kinds) : null,
  };
}

async function count(site: SiteView, dirKey: Buffer, kinds: string): Promise<number> {
  const [[row]] = await site.store.db.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS n FROM local.head h WHERE h.dir_key = ? AND h.path <> ''${kinds}`,
    [dirKey],
  );
  return Number(row!.n);
}

async function page(site: SiteView, dirKey: Buffer, kinds: string, { sort, order, cursor, limit, offset }: Query) {
  const { column, value } = KEYS[sort];
  const [direction, than, group] = order === 'asc' ? ['ASC', '>', "h.kind <> 'dir'"] : ['DESC', '<', "h.kind = 'dir'"];
  const values: unknown[] = [dirKey];
  let after = '';
  if (cursor !== undefined) {
    const [isDir, key, path] = readCursor(cursor, Place);
    after = ` AND (${group}, ${column}, h.path) ${than} (?, ${value}, ?)`;
    values.push(order === 'asc' ? !isDir : isDir, sort === 'name' ? blob(path) : key, blob(path));
  }
  const ordered = `ORDER BY ${group} ${direction}, ${column} ${direction}, h.path ${direction}`;
  // Sort first, by the sort key only, then look up the rows: of a large directory only what is shown is read completely.
  const chosen = `SELECT h.dir_key, h.path_key FROM local.head h WHERE h.dir_key = ? AND h.path <> ''${kinds}${after} ${ordered} LIMIT ? OFFSET ?`;
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT ${ENTRY_COLUMNS} FROM (${chosen}) c
      STRAIGHT_JOIN local.head h ON h.dir_key = c.dir_key AND h.path_key = c.path_key
      LEFT JOIN local.\`index\` i ON i.dir_key = h.dir_key AND i.path_key = h.path_key ${ordered}`,
    [...values, limit + 1, cursor === undefined ? offset : 0],
  );
  return rows;
}

const keyOf = (row: RowDataPacket, sort: Query['sort']) =>
  sort === 'name' ? '' : sort === 'size' ? row.size : row.mtime_ns;

async function mustBeDirectory(site: SiteView, folder: string, path: BytePath, at?: string): Promise<void> {
  if (!site.plan.folders.some(({ name }) => name === folder))
    throw refuse('noFolder', { folder, site: site.plan.site });
  if (path === '') return;
  if (at !== undefined) {
    if ((await versionAt(site, folder, path, at)).kind !== 'dir')
      throw refuse('noDirectory', { name: displayPath(path) });
    return;
  }
  const ref = refOf(folder, path);
  const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
  if (!head) throw refuse('unknown', { name: displayPath(path) });
  if (head.kind !== 'dir' && head.kind !== 'deleted') throw refuse('noDirectory', { name: displayPath(path) });
}
