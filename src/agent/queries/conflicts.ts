import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import { siteSchema } from '../../database/schema.ts';
import type { ConflictSide, Conflicts } from '../../web/contract/versions.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies, originsOf } from '../store/family.ts';
import { refOf } from '../store/path-ref.ts';
import { readVersion, text, VERSION_COLUMNS } from '../store/rows.ts';
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
  const parts = site.plan.sites.map(({ name }) => `SELECT '${name}' AS site, c.* FROM ${siteSchema(name)}.conflict c`);
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT * FROM (${parts.join(' UNION ALL ')}) AS all_of_them
      WHERE copy IS NOT NULL AND (at < ? OR (at = ? AND (origin, seq) > (?, ?))) ORDER BY at DESC, origin, seq LIMIT ?`,
    [before, before, Buffer.from(origin), seq, limit + 1],
  );
  const conflicts: Conflicts['conflicts'] = [];
  for (const row of rows.slice(0, limit)) conflicts.push(...(await describeConflict(site, folders, row)));
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { conflicts, next: last ? writeCursor([Number(last.at), text(last.origin), Number(last.seq)]) : null };
}

async function describeConflict(
  site: SiteView,
  folders: string[],
  row: RowDataPacket,
): Promise<Conflicts['conflicts']> {
  const losing = { origin: text(row.origin), seq: Number(row.seq) };
  // The row comes from another site: its text must not become part of a statement.
  if (!originsOf(site).includes(losing.origin)) return [];
  const [[found]] = await site.store.db.query<RowDataPacket[]>(
    `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(losing.origin)}.version WHERE seq = ?`,
    [losing.seq],
  );
  const version = found && readVersion(losing.origin, found);
  if (!version || typeof version === 'string' || !folders.includes(version.folder)) return [];
  const { folder, path } = version;
  const [ref, copyRef] = [refOf(folder, path), refOf(folder, text(row.copy))];
  const families = await loadFamilies(site.store.db, site, [ref, copyRef]);
  const [family, copies] = [families.get(ref.id) ?? [], families.get(copyRef.id) ?? []];
  const [winner, loser] = [headsOf(family)[0], headsOf(copies)[0]];
  if (!winner || !loser || isSettled(losing, family, copies)) return [];
  return [
    {
      folder,
      path: encodeApiPath(path),
      name: displayPath(baseName(path)),
      winner: formatId({ origin: text(row.winner_origin), seq: Number(row.winner_seq) }),
      losing: formatId(losing),
      copy: encodeApiPath(copyRef.path),
      copyVersion: formatId(loser),
      sides: { winner: sideOf(winner), loser: sideOf(loser) },
      site: String(row.site),
      at: isoOf(Number(row.at)),
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
