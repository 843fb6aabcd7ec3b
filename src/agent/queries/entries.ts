import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { decodeApiPath, encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, baseName, displayPath, joinPath, pathKey } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import type { Entries, EntriesQuery } from '../../web/contract/browse.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { SiteView } from '../site/site.ts';
import { loadHeads } from '../store/head.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { blob, text } from '../store/rows.ts';
import { entriesAt, versionAt } from './as-of.ts';
import { type Below, withBelow } from './below.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { awayOf, ENTRY_COLUMNS, ENTRY_TABLES, entriesOf, sitesOf } from './entry.ts';
import { firstAfter, type NameOrder, type NameOrders, type Ordered } from './name-order.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

type Query = Omit<EntriesQuery, 'path'>;

/** What listings need besides the database. */
export interface Listing {
  snapshot: () => Promise<PlacementSnapshot>;
  orders: NameOrders;
  below: Below;
}

/** The sort key of other orders than that by name, as a column and as a parameter. */
const KEYS = {
  size: { column: 'h.size', value: 'CAST(? AS UNSIGNED)' },
  mtime: { column: 'h.mtime_ns', value: 'CAST(? AS SIGNED)' },
} as const;

/** The last entry of a page: whether it is a directory, its key, its path. */
const Place = z.tuple([z.boolean(), z.string().max(30), z.string().max(4095)]);

/** A page of a directory's entries, directories first. One directory is one range of the table's key. */
export async function listEntries(
  site: SiteView,
  { snapshot, orders, below }: Listing,
  folder: string,
  path: BytePath,
  query: Query,
): Promise<Entries> {
  await mustBeDirectory(site, folder, path, query.at);
  const sites = sitesOf(site, folder);
  const now = await snapshot();
  const about = { folder, path: encodeApiPath(path), sites, away: awayOf(sites, now), asOf: isoOf(now.at) };
  if (query.at !== undefined) {
    const order = await orders.of(folder, path, query.locale);
    return { ...about, ...(await entriesAt(site, now, folder, path, order, query)) };
  }
  const { rows, next, total } =
    query.sort === 'name'
      ? await pageByName(site, await orders.of(folder, path, query.locale), folder, path, query)
      : await pageByKey(site, query.sort, pathKey(folder, path), query);
  const entries = await entriesOf(site, rows, now);
  return {
    ...about,
    entries: entries.map(({ entry }) =>
      withBelow(entry, entry.kind === 'dir' ? below.of(folder, decodeApiPath(entry.path), now) : undefined, sites),
    ),
    next,
    total,
  };
}

interface Rows {
  rows: RowDataPacket[];
  next: string | null;
  total: number | null;
}

/** From names that are sorted in memory; only what is shown is read. */
async function pageByName(
  site: SiteView,
  { sorted, compare }: NameOrder,
  folder: string,
  dir: BytePath,
  { order, cursor, limit, offset, deleted }: Query,
): Promise<Rows> {
  const shown = sorted.filter(({ kind }) => deleted === 'true' || kind !== 'deleted');
  const inOrder = order === 'asc' ? shown : shown.toReversed();
  const all = [...inOrder.filter(({ kind }) => kind === 'dir'), ...inOrder.filter(({ kind }) => kind !== 'dir')];
  const from = cursor === undefined ? offset : placeAfter(all, readCursor(cursor, Place), compare, order);
  const names = all.slice(from, from + limit);
  const refs = names.map(({ name }) => refOf(folder, joinPath(dir, name)));
  const byId = new Map((await rowsAt(site, refs)).map((row) => [`${folder}\0${text(row.path)}`, row]));
  const last = from + limit < all.length ? names.at(-1) : undefined;
  return {
    rows: refs.flatMap(({ id }) => byId.get(id) ?? []),
    next: last ? writeCursor([last.kind === 'dir', '', joinPath(dir, last.name)]) : null,
    total: cursor === undefined ? all.length : null,
  };
}

/** The index of the first entry after the one at which the page before ended, even if that is gone. Pure. */
function placeAfter(
  all: Ordered[],
  [isDir, , path]: z.infer<typeof Place>,
  compare: NameOrder['compare'],
  order: Query['order'],
): number {
  const directories = all.findIndex(({ kind }) => kind !== 'dir');
  const count = directories < 0 ? all.length : directories;
  const name = baseName(path);
  const last = { name, text: displayPath(name), kind: isDir ? ('dir' as const) : ('file' as const) };
  const inOrder = (a: Ordered, b: Ordered) => (order === 'asc' ? compare(a, b) : compare(b, a));
  return isDir ? firstAfter(all.slice(0, count), last, inOrder) : firstAfter(all, last, inOrder, count);
}

async function rowsAt(site: SiteView, refs: PathRef[]): Promise<RowDataPacket[]> {
  if (refs.length === 0) return [];
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT ${ENTRY_COLUMNS} FROM ${ENTRY_TABLES} WHERE h.dir_key = ? AND h.path_key IN (?)`,
    [refs[0]!.dirKey, refs.map(({ pathKey: key }) => key)],
  );
  return rows;
}

async function pageByKey(
  site: SiteView,
  sort: keyof typeof KEYS,
  dirKey: Buffer,
  { order, cursor, limit, offset, deleted }: Query,
): Promise<Rows> {
  const kinds = deleted === 'true' ? '' : " AND h.kind <> 'deleted'";
  const { column, value } = KEYS[sort];
  const [direction, than, group] = order === 'asc' ? ['ASC', '>', "h.kind <> 'dir'"] : ['DESC', '<', "h.kind = 'dir'"];
  const values: unknown[] = [dirKey];
  let after = '';
  if (cursor !== undefined) {
    const [isDir, key, path] = readCursor(cursor, Place);
    after = ` AND (${group}, ${column}, h.path) ${than} (?, ${value}, ?)`;
    values.push(order === 'asc' ? !isDir : isDir, key, blob(path));
  }
  const ordered = `ORDER BY ${group} ${direction}, ${column} ${direction}, h.path ${direction}`;
  // Sort first, by the sort key only, then look up the rows: of a large directory only what is shown is read completely.
  const chosen = `SELECT h.dir_key, h.path_key FROM local.head h WHERE h.dir_key = ? AND h.path <> ''${kinds}${after} ${ordered} LIMIT ? OFFSET ?`;
  const [found] = await site.store.db.query<RowDataPacket[]>(
    `SELECT ${ENTRY_COLUMNS} FROM (${chosen}) c
      STRAIGHT_JOIN local.head h ON h.dir_key = c.dir_key AND h.path_key = c.path_key
      LEFT JOIN local.\`index\` i ON i.dir_key = h.dir_key AND i.path_key = h.path_key ${ordered}`,
    [...values, limit + 1, cursor === undefined ? offset : 0],
  );
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  const keyOf = (row: RowDataPacket) => String(sort === 'size' ? row.size : row.mtime_ns);
  return {
    rows,
    next: last ? writeCursor([last.kind === 'dir', keyOf(last), text(last.path)]) : null,
    total: cursor === undefined ? await count(site, dirKey, kinds) : null,
  };
}

async function count(site: SiteView, dirKey: Buffer, kinds: string): Promise<number> {
  const [[row]] = await site.store.db.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS n FROM local.head h WHERE h.dir_key = ? AND h.path <> ''${kinds}`,
    [dirKey],
  );
  return Number(row!.n);
}

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
