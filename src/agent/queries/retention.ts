import { bytesOf, expiring, type Kept, type Limits } from '../archive/retention.ts';
import { removable } from '../archive/successors.ts';
import type { SiteView } from '../site/site.ts';
import { folderOf } from './folder-of.ts';

/** What limits would remove from an archive. */
interface Removal {
  versions: number;
  bytes: number;
  /** Unix ms at which the oldest of them was archived; absent when there is none. */
  oldest?: number;
}

/** What limits would remove from the archive of one folder at one site. */
export interface RetentionPreview {
  site: string;
  folder: string;
  limits: Limits;
  removes: Removal;
  /** Beyond the limits, and kept until their successors are at two sites. */
  waits: Removal;
}

/** What the limits of a folder, some of them replaced by others, would remove now. Changes nothing. Throws Refused. */
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
  for await (const doomed of expiring(site.store.db, name, limits, site.now())) {
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
