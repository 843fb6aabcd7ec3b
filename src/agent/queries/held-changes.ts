import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, baseName, displayPath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import type { HeldChange, HeldChanges, HeldFolder, HeldQuery } from '../../web/contract/held.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { SiteView } from '../site/site.ts';
import { type Held, readHeld, within } from '../store/held.ts';
import { blob } from '../store/rows.ts';
import { formatId } from '../versions/version.ts';
import { readCursor, writeCursor } from './cursor.ts';

/** The held changes of this site, by folder. */
export async function heldFolders(site: SiteView): Promise<Omit<HeldFolder, 'mayDecide'>[]> {
  const counts = await site.store.brake.counts();
  return [...counts]
    .filter(([folder]) => site.plan.folders.some(({ name }) => name === folder))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, { since, ...numbers }]) => ({ folder, ...numbers, since: isoOf(since) }));
}

const Place = z.tuple([z.string()]);

/** The held changes of a folder, by path. Throws Refused. */
export async function heldChanges(
  site: SiteView,
  folder: string,
  path: BytePath,
  { kind, cursor, limit }: Omit<HeldQuery, 'path'>,
): Promise<HeldChanges> {
  if (!site.plan.folders.some(({ name }) => name === folder))
    throw refuse('noFolder', { folder, site: site.plan.site });
  const below = path === '' ? undefined : within([path]);
  const meant = [
    'folder = ? AND decided = 1',
    ...(below ? [`(${below.sql})`] : []),
    ...(kind ? [`kind ${kind === 'deleted' ? '=' : '<>'} 'deleted'`] : []),
  ].join(' AND ');
  const values = [folder, ...(below?.values ?? [])];
  const after = cursor === undefined ? undefined : Buffer.from(readCursor(cursor, Place)[0], 'latin1');
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT * FROM local.held WHERE ${meant}${after ? ' AND path > ?' : ''} ORDER BY path LIMIT ?`,
    [...values, ...(after ? [after] : []), limit + 1],
  );
  let changes: number | null = null;
  if (!after) {
    const [[row]] = await site.store.db.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS n FROM local.held WHERE ${meant}`,
      values,
    );
    changes = Number(row!.n);
  }
  const held = rows.slice(0, limit).map(readHeld);
  const last = rows.length > limit ? held.at(-1) : undefined;
  return {
    folder,
    held: held.map(describe),
    changes,
    next: last ? writeCursor([blob(last.ref.path).toString('latin1')]) : null,
  };
}

function describe({ ref, was, now, since }: Held): HeldChange {
  return {
    path: encodeApiPath(ref.path),
    name: displayPath(baseName(ref.path)),
    kind: now.kind === 'deleted' ? 'deleted' : 'overwritten',
    before: { kind: was.kind, size: was.size, mtime: isoOfNs(was.mtimeNs), version: formatId(was) },
    after: now.kind === 'deleted' ? null : { kind: now.kind, size: now.size, mtime: isoOfNs(now.mtimeNs) },
    since: isoOf(since),
  };
}
