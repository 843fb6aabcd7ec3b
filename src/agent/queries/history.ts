import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import { Refused } from '../../base/refused.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { Versions, VersionsQuery } from '../../web/contract/versions.ts';
import type { SiteView } from '../site/site.ts';
import { archivedVersions } from '../store/archived.ts';
import { loadFamilies } from '../store/family.ts';
import { loadIndex } from '../store/index-entry.ts';
import { refOf } from '../store/path-ref.ts';
import { formatId, sameContent, type Version } from '../versions/version.ts';
import { byRank, headsOf } from '../versions/winner.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { authorOf, sitesOf } from './entry.ts';
import { happenedWith } from './happened.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

/** The version after which the list continues: versions never change, and new ones come before it. */
const Place = z.string().max(80);

/** A page of the versions of a path from all offices. Throws Refused. */
export async function versionsOf(
  site: SiteView,
  snapshot: PlacementSnapshot,
  folder: string,
  path: BytePath,
  { cursor, limit }: Omit<VersionsQuery, 'path'>,
): Promise<Versions> {
  const ref = refOf(folder, path);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  if (family.length === 0) throw refuse('unknown', { name: displayPath(path) });
  const [winner] = headsOf(family);
  const all = newestFirst(family, winner);
  const from = cursor === undefined ? 0 : placeAfter(all, readCursor(cursor, Place));
  const shown = all.slice(from, from + limit);
  const kept = await archivedVersions(site.store.db, ref);
  const byId = new Map(family.map((version) => [formatId(version), version]));
  const index = (await loadIndex(site.store.db, [ref])).get(ref.id);
  const members = sitesOf(site, folder);
  return {
    path: encodeApiPath(path),
    versions: shown.map((version) => ({
      version: formatId(version),
      what: happenedWith(version, byId),
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
      seenBy: members.filter((name) => snapshot.mark(name, version) === undefined),
    })),
    next: from + limit < all.length ? writeCursor(formatId(shown.at(-1)!)) : null,
  };
}

function placeAfter(versions: Version[], id: string): number {
  const place = versions.findIndex((version) => formatId(version) === id);
  if (place < 0) throw new Refused('the cursor is not from this list: start without one');
  return place + 1;
}

/**
 * The winner first, then by clock, newest first; a restatement has the clock of the version that it restates, and comes
 * before it. Pure.
 */
function newestFirst(family: Version[], winner: Version | undefined): Version[] {
  const byId = new Map(family.map((version) => [formatId(version), version]));
  const saidAgain = new Map(family.map((version) => [version, repeats(version, byId)]));
  return family.toSorted(
    (a, b) =>
      Number(b === winner) - Number(a === winner) ||
      b.clock - a.clock ||
      saidAgain.get(b)! - saidAgain.get(a)! ||
      byRank(a, b),
  );
}

/** The number of ancestors of this version with the same clock. */
function repeats(version: Version, byId: Map<string, Version>): number {
  const seen = new Set<Version>();
  for (let at: Version | undefined = version; at && at.clock === version.clock && !seen.has(at); ) {
    seen.add(at);
    at = at.base && byId.get(formatId(at.base));
  }
  return seen.size;
}
