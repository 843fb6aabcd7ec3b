import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { type BytePath, baseName, displayPath, joinPath, pathKey } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { Refused } from '../../base/refused.ts';
import type { Entries, EntriesQuery } from '../../web/contract/browse.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { SiteView } from '../site/site.ts';
import { headFrom } from '../store/head.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { blob, text } from '../store/rows.ts';
import { BATCH } from '../store/sql.ts';
import type { Version } from '../versions/version.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { entryOf, sitesOf } from './entry.ts';
import { firstAfter, type NameOrder, type Ordered } from './name-order.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';
import { winnersAt } from './version-at.ts';

const Place = z.string().max(4095);

/**
 * A directory as of a past time: for each path that was ever known there, the version that had won by then, according
 * to the clocks of the offices that made them. Every path has a head, if only a deletion, so the heads name all paths.
 */
export async function entriesAt(
  site: SiteView,
  snapshot: PlacementSnapshot,
  folder: string,
  path: BytePath,
  { sorted, compare }: NameOrder,
  { at, cursor, limit, deleted }: Omit<EntriesQuery, 'path'>,
): Promise<Pick<Entries, 'entries' | 'next' | 'total'>> {
  const time = timeOf(at ?? '');
  const from = cursor === undefined ? 0 : firstAfter(sorted, placed(readCursor(cursor, Place)), compare);
  const refs = sorted.slice(from, from + limit).map(({ name }) => refOf(folder, joinPath(path, name)));
  const winners = await winnersAt(site, refs, time);
  const sites = sitesOf(site, folder);
  const entries = refs.flatMap((ref) => {
    const winner = winners.get(ref.id);
    if (!winner || (winner.kind === 'deleted' && deleted !== 'true')) return [];
    const entry = entryOf(headFrom(ref, winner, 0), false, sites, snapshot, false);
    return [winner.kind === 'deleted' ? { ...entry, mtime: isoOf(winner.detectedAt) } : entry];
  });
  const isMore = from + limit < sorted.length;
  return { entries, next: isMore ? writeCursor(baseName(refs.at(-1)!.path)) : null, total: null };
}

const placed = (name: BytePath): Ordered => ({ name, text: displayPath(name), kind: 'file' });

/** What was at a path at that time. Throws Refused when nothing was. */
export async function versionAt(site: SiteView, folder: string, path: BytePath, at: string): Promise<Version> {
  const ref = refOf(folder, path);
  const version = (await winnersAt(site, [ref], timeOf(at))).get(ref.id);
  if (!version || version.kind === 'deleted') throw refuse('nothingThen', { name: displayPath(path) });
  return version;
}

/** What was below a directory at that time, parents first. */
export async function* versionsBelow(
  site: SiteView,
  folder: string,
  path: BytePath,
  at: string,
): AsyncGenerator<Version> {
  const time = timeOf(at);
  if (path !== '' && (await versionAt(site, folder, path, at)).kind !== 'dir')
    throw refuse('noDirectory', { name: displayPath(path) });
  const open = [path];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (let last: BytePath | undefined = ''; last !== undefined; ) {
      const refs: PathRef[] = await refsIn(site, folder, dir, last, BATCH);
      const winners = await winnersAt(site, refs, time);
      for (const ref of refs) {
        const version = winners.get(ref.id);
        if (!version || version.kind === 'deleted') continue;
        if (version.kind === 'dir') open.push(ref.path);
        yield version;
      }
      last = refs.length === BATCH ? refs.at(-1)!.path : undefined;
    }
  }
}

/** Every path ever known in a directory, in order, starting after one of them. */
async function refsIn(site: SiteView, folder: string, dir: BytePath, after: BytePath, limit: number) {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    'SELECT path FROM local.head WHERE dir_key = ? AND path > ? ORDER BY path LIMIT ?',
    [pathKey(folder, dir), blob(after), limit],
  );
  return rows.map((row) => refOf(folder, text(row.path)));
}

/** Unix ms. Throws Refused. */
export function timeOf(at: string): number {
  const time = Date.parse(at);
  if (Number.isNaN(time)) throw new Refused('"at" is not a time: write it like 2026-11-21T20:30:00Z');
  return time;
}
