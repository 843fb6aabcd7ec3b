import { keepForLater } from '../apply/kept.ts';
import type { At } from '../fs/at.ts';
import { discard } from '../fs/staging.ts';
import type { SiteView } from '../site/site.ts';
import { type Pending, wantedContents } from '../store/pending.ts';

/** What has arrived for a path where something else is wanted by now; `isEdited`: another content of the same file. */
export interface Superseded {
  item: Pending;
  staged: At;
  isEdited: boolean;
}

/** A file that was renamed while it was fetched is wanted at another path, at once or as soon as that row is here. */
export async function keepSuperseded(site: SiteView, arrived: Superseded[]): Promise<void> {
  for (const [name, some] of Map.groupBy(arrived, ({ item }) => item.head.ref.folder)) {
    const folder = site.folders.get(name);
    if (!folder) continue;
    const hashes = some.map(({ item }) => item.head.sha256!);
    const wanted = await wantedContents(site.store.db, name, hashes);
    for (const { item, staged, isEdited } of some) {
      const sha256 = item.head.sha256!;
      if (isEdited && !wanted.has(sha256.toString('hex'))) discard(folder, staged);
      else keepForLater(folder, staged, sha256);
    }
  }
}
