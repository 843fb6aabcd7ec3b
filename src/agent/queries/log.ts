import type { BytePath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import type { SiteView } from '../site/site.ts';
import { archivedVersions } from '../store/archived.ts';
import { loadFamilies } from '../store/family.ts';
import { refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';
import { byRank, headsOf } from '../versions/winner.ts';

export interface LogEntry {
  version: string;
  kind: string;
  size: number;
  mtime: string;
  sha256: string | null;
  origin: string;
  detectedAt: string;
  head: boolean;
  base: string | null;
  /** Whether this site can restore it from its own disk. */
  keptHere: boolean;
}

/** All versions of a path, newest first. */
export async function log(site: SiteView, folder: string, path: BytePath): Promise<LogEntry[]> {
  const ref = refOf(folder, path);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  const [winner] = headsOf(family);
  const kept = await archivedVersions(site.store.db, ref);
  return family
    .toSorted((a, b) => b.clock - a.clock || byRank(a, b))
    .map((v) => ({
      version: formatId(v),
      kind: v.kind,
      size: v.size,
      mtime: isoOfNs(v.mtimeNs),
      sha256: v.sha256?.toString('hex') ?? null,
      origin: v.origin,
      detectedAt: isoOf(v.detectedAt),
      head: v === winner,
      base: v.base ? formatId(v.base) : null,
      keptHere: v === winner || kept.has(formatId(v)),
    }));
}
