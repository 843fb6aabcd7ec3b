import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import type { Timeline } from '../../web/contract/network.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { refOf } from '../store/path-ref.ts';
import { loadVersionsBefore } from '../store/version-rows.ts';
import { formatId, type Version } from '../versions/version.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { authorOf } from './entry.ts';
import { happenedWith } from './happened.ts';

/** By site: the number below which the list continues. */
const Positions = z.record(z.string(), z.number());

/** What was created, changed and deleted, newest first by the clocks of the sites. Throws Refused. */
export async function timelineOf(
  site: SiteView,
  folders: string[],
  cursor: string | undefined,
  limit: number,
): Promise<Timeline> {
  const below = cursor === undefined ? {} : readCursor(cursor, Positions);
  if (folders.length === 0) return { happenings: [], next: null };
  const versions: Version[] = [];
  for (const { name } of site.plan.sites) {
    const before = below[name] ?? Number.MAX_SAFE_INTEGER;
    versions.push(...(await loadVersionsBefore(site.store.db, name, before, folders, limit)));
  }
  // Within one site numbers decide, so that setting a clock back hides nothing behind the cursor.
  const merged = mergeNewest(Map.groupBy(versions, ({ origin }) => origin)).slice(0, limit);
  const known = await familiesOf(site, merged);
  const positions = { ...below };
  for (const { origin, seq } of merged) positions[origin] = seq;
  return {
    happenings: merged.map((version) => ({
      at: isoOf(version.detectedAt),
      site: version.origin,
      author: authorOf(version),
      what: happenedWith(version, known),
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

/** The versions of paths with a resolved conflict, of which there are few. */
async function familiesOf(site: SiteView, versions: Version[]): Promise<Map<string, Version>> {
  const refs = versions.filter(({ merges }) => merges.length > 0).map(({ folder, path }) => refOf(folder, path));
  if (refs.length === 0) return new Map();
  const families = await loadFamilies(site.store.db, site, refs);
  return new Map([...families.values()].flat().map((version) => [formatId(version), version]));
}

/** Merges lists that are each sorted newest first. Pure. */
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
