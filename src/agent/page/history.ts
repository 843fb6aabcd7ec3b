import type { RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, baseName, displayPath } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Timeline } from '../../web/contract/network.ts';
import type { ConflictSide, Conflicts, Versions } from '../../web/contract/versions.ts';
import { archivedVersions } from '../archive/archive.ts';
import { isSettled } from '../journal/conflicts.ts';
import { loadFamilies, originsOf } from '../journal/family.ts';
import { byRank, headsOf } from '../journal/heads.ts';
import { readVersion, text, VERSION_COLUMNS } from '../journal/rows.ts';
import { loadIndex, refOf } from '../journal/store.ts';
import { formatId, sameContent, sameId, type Version } from '../journal/version.ts';
import type { Site } from '../site.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { isoOf, isoOfNs, sitesOf } from './entry.ts';
import type { Standings } from './standing.ts';

/** Text of another site: shown as it is named, not longer than a line. */
const authorOf = (version: Version) => displayPath(version.author).slice(0, 255);

/** All versions of a path over all offices, newest first. Throws Refused. */
export async function versionsOf(site: Site, standings: Standings, folder: string, path: BytePath): Promise<Versions> {
  const ref = refOf(folder, path);
  const family = (await loadFamilies(site.db, site, [ref])).get(ref.id) ?? [];
  if (family.length === 0) throw new Refused(`nothing is known of "${displayPath(path)}"`, 404);
  const [winner] = headsOf(family);
  const kept = await archivedVersions(site.db, ref);
  const index = (await loadIndex(site.db, [ref])).get(ref.id);
  const members = sitesOf(site, folder);
  const newestFirst = family.toSorted(
    (a, b) => b.clock - a.clock || Number(sameId(a, b.base)) - Number(sameId(b, a.base)) || byRank(a, b),
  );
  return {
    path: encodeApiPath(path),
    versions: newestFirst.map((version) => ({
      version: formatId(version),
      kind: version.kind,
      size: version.size,
      mtime: isoOfNs(version.mtimeNs),
      sha256: version.sha256?.toString('hex') ?? null,
      origin: version.origin,
      author: authorOf(version),
      detectedAt: isoOf(version.detectedAt),
      head: version === winner,
      base: version.base ? formatId(version.base) : null,
      keptHere: kept.has(formatId(version)) || (index !== undefined && sameContent(index, version)),
      seenBy: members.filter((name) => standings.mark(name, version) === undefined),
    })),
  };
}

const Place = z.tuple([z.number(), z.string(), z.number()]);

/** Conflicts that nobody has settled, newest first. Throws Refused. */
export async function conflictsOf(
  site: Site,
  folders: string[],
  cursor: string | undefined,
  limit: number,
): Promise<Conflicts> {
  const [before, origin, seq] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, '', 0] : readCursor(cursor, Place);
  const parts = site.plan.sites.map(({ name }) => `SELECT '${name}' AS site, c.* FROM ${siteSchema(name)}.conflict c`);
  const [rows] = await site.db.query<RowDataPacket[]>(
    `SELECT * FROM (${parts.join(' UNION ALL ')}) AS all_of_them
      WHERE copy IS NOT NULL AND (at < ? OR (at = ? AND (origin, seq) > (?, ?))) ORDER BY at DESC, origin, seq LIMIT ?`,
    [before, before, Buffer.from(origin), seq, limit + 1],
  );
  const conflicts: Conflicts['conflicts'] = [];
  for (const row of rows.slice(0, limit)) conflicts.push(...(await describeConflict(site, folders, row)));
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { conflicts, next: last ? writeCursor([Number(last.at), text(last.origin), Number(last.seq)]) : null };
}

async function describeConflict(site: Site, folders: string[], row: RowDataPacket): Promise<Conflicts['conflicts']> {
  const losing = { origin: text(row.origin), seq: Number(row.seq) };
  // The row is another site's: its text must not become part of a statement.
  if (!originsOf(site).includes(losing.origin)) return [];
  const [[found]] = await site.db.query<RowDataPacket[]>(
    `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(losing.origin)}.version WHERE seq = ?`,
    [losing.seq],
  );
  const version = found && readVersion(losing.origin, found);
  if (!version || typeof version === 'string' || !folders.includes(version.folder)) return [];
  const { folder, path } = version;
  const [ref, copyRef] = [refOf(folder, path), refOf(folder, text(row.copy))];
  const families = await loadFamilies(site.db, site, [ref, copyRef]);
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

/** Per office the number below which it goes on. */
const Positions = z.record(z.string(), z.number());

/** What was made, changed and deleted, newest first by the clocks of the offices. Throws Refused. */
export async function timelineOf(
  site: Site,
  folders: string[],
  cursor: string | undefined,
  limit: number,
): Promise<Timeline> {
  const below = cursor === undefined ? {} : readCursor(cursor, Positions);
  if (folders.length === 0) return { happenings: [], next: null };
  const versions: Version[] = [];
  for (const { name } of site.plan.sites) {
    const [rows] = await site.db.query<RowDataPacket[]>(
      `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(name)}.version WHERE seq < ? AND folder IN (?) ORDER BY seq DESC LIMIT ?`,
      [below[name] ?? Number.MAX_SAFE_INTEGER, folders, limit],
    );
    for (const row of rows) {
      const version = readVersion(name, row);
      if (typeof version !== 'string') versions.push(version);
    }
  }
  // Of one office the numbers decide, so that a clock that was set back hides nothing behind the cursor.
  const merged = mergeNewest(Map.groupBy(versions, ({ origin }) => origin)).slice(0, limit);
  const positions = { ...below };
  for (const { origin, seq } of merged) positions[origin] = seq;
  return {
    happenings: merged.map((version) => ({
      at: isoOf(version.detectedAt),
      site: version.origin,
      author: authorOf(version),
      what: version.kind === 'deleted' ? 'deleted' : version.base ? 'changed' : 'made',
      folder: version.folder,
      path: encodeApiPath(version.path),
      name: displayPath(baseName(version.path)),
      kind: version.kind,
      size: version.size,
      version: formatId(version),
    })),
    next: merged.length === limit ? writeCursor(positions) : null,
  };
}

/** Lists that each have their newest first, as one. Pure. */
function mergeNewest(lists: Map<string, Version[]>): Version[] {
  const merged: Version[] = [];
  const open = [...lists.values()].map((list) => list.toReversed());
  for (;;) {
    const newest = open
      .filter((list) => list.length > 0)
      .sort((a, b) => b.at(-1)!.detectedAt - a.at(-1)!.detectedAt)[0];
    if (!newest) return merged;
    merged.push(newest.pop()!);
  }
}
