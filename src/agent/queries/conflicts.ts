import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import type { ConflictSide, Conflicts } from '../../web/contract/versions.ts';
import type { SiteView } from '../site/site.ts';
import { type ConflictRow, loadConflicts } from '../store/conflict.ts';
import { loadFamilies, originsOf } from '../store/family.ts';
import { refOf } from '../store/path-ref.ts';
import { loadVersion } from '../store/version-rows.ts';
import { isSettled } from '../versions/contested.ts';
import { formatId, type Version } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { authorOf } from './entry.ts';

const Place = z.tuple([z.number(), z.string(), z.number()]);

/** Unresolved conflicts, newest first. Throws Refused. */
export async function conflictsOf(
  site: SiteView,
  folders: string[],
  cursor: string | undefined,
  limit: number,
): Promise<Conflicts> {
  const [before, origin, seq] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, '', 0] : readCursor(cursor, Place);
  const names = site.plan.sites.map(({ name }) => name);
  const rows = await loadConflicts(site.store.db, names, { before, origin, seq }, limit + 1);
  const conflicts: Conflicts['conflicts'] = [];
  for (const row of rows.slice(0, limit)) conflicts.push(...(await describeConflict(site, folders, row)));
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { conflicts, next: last ? writeCursor([last.at, last.losing.origin, last.losing.seq]) : null };
}

async function describeConflict(site: SiteView, folders: string[], row: ConflictRow): Promise<Conflicts['conflicts']> {
  const { losing } = row;
  // The row comes from another site: its text must not become part of a statement.
  if (!originsOf(site).includes(losing.origin)) return [];
  const version = await loadVersion(site.store.db, losing);
  if (!version || !folders.includes(version.folder)) return [];
  const { folder, path } = version;
  const [ref, copyRef] = [refOf(folder, path), refOf(folder, row.copy)];
  const families = await loadFamilies(site.store.db, site, [ref, copyRef]);
  const [family, copies] = [families.get(ref.id) ?? [], families.get(copyRef.id) ?? []];
  const [winner, loser] = [headsOf(family)[0], headsOf(copies)[0]];
  if (!winner || !loser || isSettled(losing, family, copies)) return [];
  return [
    {
      folder,
      path: encodeApiPath(path),
      name: displayPath(baseName(path)),
      winner: formatId(row.winner),
      losing: formatId(losing),
      copy: encodeApiPath(copyRef.path),
      copyVersion: formatId(loser),
      sides: { winner: sideOf(winner), loser: sideOf(loser) },
      site: row.site,
      at: isoOf(row.at),
    },
  ];
}

const sideOf = (version: Version): ConflictSide => ({
  path: encodeApiPath(version.path),
  name: displayPath(baseName(version.path)),
  version: formatId(version),
  kind: version.kind,
  size: version.size,
  mtime: isoOfNs(version.mtimeNs),
  origin: version.origin,
  author: authorOf(version),
});
