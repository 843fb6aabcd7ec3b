import { remove } from '../kube/apply.ts';
import { detachClaims } from '../kube/claims.ts';
import type { KubeClient } from '../kube/client.ts';
import { siteUidOf } from '../objects/remote-object.ts';
import type { Orphan } from './orphans.ts';

/** Deletes orphans. A StatefulSet whose claims stay is deleted once they are detached from it, possibly by a later call. */
export async function deleteOrphans(client: KubeClient, orphans: Orphan[], isGone: SiteIsGone): Promise<void> {
  const gone = new Map<string, boolean>();
  for (const { object, moved } of orphans) {
    const uid = siteUidOf(object);
    if (uid !== undefined && !moved) {
      const name = object.metadata.labels?.['app.kubernetes.io/instance'] ?? '';
      if (!gone.has(uid)) gone.set(uid, await isGone(name, uid));
      if (!gone.get(uid)) continue;
    }
    if (moved && object.kind === 'StatefulSet' && !(await detachClaims(client, object))) continue;
    await remove(client, object);
  }
}

/** Asks the API server, not a cache: deleting the objects of a site may delete its claims. */
export type SiteIsGone = (name: string, uid: string) => Promise<boolean>;
