import { setImmediate as turn } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2/promise';
import { decodeApiPath } from '../../base/api-path.ts';
import { Refused } from '../../base/refused.ts';
import type { SearchQuery, SearchResults } from '../../web/contract/search.ts';
import type { SiteView } from '../site/site.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import type { VersionId } from '../versions/version.ts';
import { type Below, withBelow } from './below.ts';
import type { Catalogue } from './catalogue.ts';
import { ENTRY_COLUMNS, ENTRY_TABLES, entriesOf, sitesOf } from './entry.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

/** After this time a search returns what it has found so far. */
const BUDGET_MS = 1000;
/** After this time it yields. */
const TURN_MS = 10;
/** Paths looked up at a time. */
const BATCH = 200;

/** Searches names in memory, and looks up the few matches in the database for all other conditions. Throws Refused. */
export async function search(
  site: SiteView,
  catalogue: Catalogue,
  below: Below,
  snapshot: PlacementSnapshot,
  query: SearchQuery,
  folders: string[],
): Promise<SearchResults> {
  const within = folders.filter((name) => query.folder === undefined || name === query.folder);
  const filters = filtersOf(query, within);
  const parts = query.q.split(' ');
  // NUL matches the end of the name.
  if (query.extension) parts.push(`.${query.extension}\0`);
  const result: SearchResults = { entries: [], more: false, complete: true };
  const fits = (row: RowDataPacket) => suits(row, query, snapshot);
  const take = async (rows: RowDataPacket[]) => {
    const found = rows.filter(fits);
    const room = query.limit - result.entries.length;
    for (const { folder, entry } of await entriesOf(site, found.slice(0, room), snapshot)) {
      const under = entry.kind === 'dir' ? below.of(folder, decodeApiPath(entry.path), snapshot) : undefined;
      result.entries.push({ folder, entry: withBelow(entry, under, sitesOf(site, folder)) });
    }
    if (found.length > room) result.more = true;
  };
  if (within.length === 0) return result;
  const deadline = performance.now() + BUDGET_MS;
  const { names, complete } = catalogue.use();
  const seen = new Set<string>();
  let batch: PathRef[] = [];
  let isCut = false;
  let turnAt = performance.now() + TURN_MS;
  for (const found of names.find({ parts, folders: new Set(within), fits: mayFit(query, snapshot) })) {
    const now = performance.now();
    isCut = now > deadline;
    if (isCut) break;
    if (now > turnAt) {
      await turn();
      turnAt = performance.now() + TURN_MS;
    }
    if (!found) continue;
    const { folder, path } = found;
    const ref = refOf(folder, path);
    if (seen.has(ref.id)) continue;
    seen.add(ref.id);
    batch.push(ref);
    if (batch.length < (seen.size <= BATCH ? Math.min(BATCH, query.limit + 1) : BATCH)) continue;
    await take(await lookUp(site, filters, batch));
    batch = [];
    if (result.more) break;
  }
  if (!result.more && batch.length > 0) await take(await lookUp(site, filters, batch));
  result.complete = complete && !isCut;
  return result;
}

interface Filters {
  where: string;
  values: unknown[];
}

function filtersOf(query: SearchQuery, folders: string[]): Filters {
  const conditions: [string, unknown][] = [['h.folder IN (?)', folders]];
  if (query.deleted === 'no') conditions.push(['h.kind <> ?', 'deleted']);
  if (query.deleted === 'only') conditions.push(['h.kind = ?', 'deleted']);
  if (query.minSize !== undefined) conditions.push(['h.size >= ?', query.minSize]);
  if (query.maxSize !== undefined) conditions.push(['h.size <= ?', query.maxSize]);
  if (query.after !== undefined) conditions.push(['h.mtime_ns >= CAST(? AS SIGNED)', nsOf(query.after)]);
  if (query.before !== undefined) conditions.push(['h.mtime_ns < CAST(? AS SIGNED)', nsOf(query.before)]);
  if (query.origin !== undefined) conditions.push(['h.origin = ?', query.origin]);
  return { where: conditions.map(([text]) => text).join(' AND '), values: conditions.map(([, value]) => value) };
}

function nsOf(time: string): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new Refused(`"${time}" is not a time: write it like 2026-11-21T20:30:00Z`);
  return String(BigInt(ms) * 1_000_000n);
}

async function lookUp(site: SiteView, filters: Filters, refs: PathRef[]): Promise<RowDataPacket[]> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT ${ENTRY_COLUMNS} FROM ${ENTRY_TABLES} WHERE (${refs.map(() => '(h.dir_key = ? AND h.path_key = ?)').join(' OR ')}) AND ${filters.where}`,
    [...refs.flatMap((ref) => [ref.dirKey, ref.pathKey]), ...filters.values],
  );
  return rows;
}

/** Filters by what is in memory, so that few rows are looked up; the database decides. Pure. */
function mayFit(
  { deleted, minSize = 0, maxSize = Number.MAX_VALUE, after, before, origin, missingAt }: SearchQuery,
  snapshot: PlacementSnapshot,
) {
  const from = after === undefined ? Number.NEGATIVE_INFINITY : Date.parse(after) - 1;
  const to = before === undefined ? Number.POSITIVE_INFINITY : Date.parse(before) + 1;
  return (size: number, mtimeMs: number, maker: string, seq: number): boolean => {
    if (size < 0 ? deleted === 'no' : deleted === 'only') return false;
    if (origin !== undefined && maker !== origin) return false;
    if (Math.max(0, size) < minSize || size > maxSize || mtimeMs < from || mtimeMs > to) return false;
    return missingAt === undefined || snapshot.mark(missingAt, { origin: maker, seq }) !== undefined;
  };
}

/** The filter that the database cannot apply: where a file is missing. */
function suits(row: RowDataPacket, { missingAt }: SearchQuery, snapshot: PlacementSnapshot): boolean {
  if (missingAt === undefined) return true;
  const id: VersionId = { origin: text(row.origin), seq: Number(row.seq) };
  return snapshot.mark(missingAt, id) !== undefined;
}
