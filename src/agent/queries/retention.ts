import { ageingTime } from '../archive/ageing.ts';
import { bytesOf, expiring, type Kept, type Limits } from '../archive/retention.ts';
import { removable } from '../archive/successors.ts';
import type { SiteView } from '../site/site.ts';
import { folderOf } from './folder-of.ts';

/** Versions that limits would remove from an archive. */
interface Removal {
  versions: number;
  bytes: number;
  /** Unix ms: when the oldest of them was archived; absent when there is none. */
  oldest?: number;
}

/** What limits would remove from one folder's archive at this site. */
export interface RetentionPreview {
  site: string;
  folder: string;
  limits: Limits;
  removes: Removal;
  /** Beyond the limits, but kept until two sites hold their successors. */
  waits: Removal;
}

/** Previews what a folder's limits, with these overrides, would remove now. Changes nothing. Throws Refused. */
export async function previewRetention(
  site: SiteView,
  name: string,
  others: Partial<Limits>,
): Promise<RetentionPreview> {
  const folder = folderOf(site, name);
  const limits = { ...folder.plan.versions, ...others };
  const mayGo = removable(site, folder);
  const [removes, waits]: [Removal, Removal] = [
    { versions: 0, bytes: 0 },
    { versions: 0, bytes: 0 },
  ];
  for await (const doomed of expiring(site.store.db, name, limits, await ageingTime(site))) {
    const free = new Set(await mayGo(doomed));
    add(removes, [...free]);
    add(
      waits,
      doomed.filter((kept) => !free.has(kept)),
    );
  }
  return { site: site.plan.site, folder: name, limits, removes, waits };
}

function add(removal: Removal, kept: Kept[]): void {
  removal.versions += kept.length;
  removal.bytes += bytesOf(kept);
  for (const { archivedAt } of kept) removal.oldest = Math.min(removal.oldest ?? archivedAt, archivedAt);
}
