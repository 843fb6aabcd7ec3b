import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { type BytePath, pathKey } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import type { Entries, EntriesQuery } from '../../web/contract/browse.ts';
import type { Here, Store } from '../site/site.ts';
import { headFrom } from '../store/head.ts';
import { refOf } from '../store/path-ref.ts';
import { blob, text } from '../store/rows.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { entryOf, sitesOf } from './entry.ts';
import type { Standings } from './standing.ts';
import { winnersAt } from './version-at.ts';

const Place = z.string().max(4095);

/**
 * A directory as of a past time: for each path that was ever known there, the version that had won by then, according to
 * the clocks of the offices that made them. Every path has a head, if only a deletion, so the heads name all paths.
 */
export async function entriesAt(
  site: Here & Store,
  standings: Standings,
  folder: string,
  path: BytePath,
  { at, cursor, limit, deleted }: Omit<EntriesQuery, 'path'>,
): Promise<Pick<Entries, 'entries' | 'next' | 'total'>> {
  const time = Date.parse(at ?? '');
  if (Number.isNaN(time)) throw new Refused('"at" is not a time: write it like 2026-11-21T20:30:00Z');
  const after = cursor === undefined ? '' : readCursor(cursor, Place);
  const [rows] = await site.db.query<RowDataPacket[]>(
    'SELECT path FROM local.head WHERE dir_key = ? AND path > ? ORDER BY path LIMIT ?',
    [pathKey(folder, path), blob(after), limit + 1],
  );
  const refs = rows.slice(0, limit).map((row) => refOf(folder, text(row.path)));
  const winners = await winnersAt(site, refs, time);
  const sites = sitesOf(site, folder);
  const entries = refs.flatMap((ref) => {
    const winner = winners.get(ref.id);
    if (!winner || (winner.kind === 'deleted' && deleted !== 'true')) return [];
    return [entryOf(headFrom(ref, winner, 0), false, sites, standings, false)];
  });
  return { entries, next: rows.length > limit ? writeCursor(refs.at(-1)!.path) : null, total: null };
}
