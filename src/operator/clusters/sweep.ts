import { remove } from '../kube/apply.ts';
import { letGoOfClaims } from '../kube/claims.ts';
import type { KubeClient } from '../kube/client.ts';
import { siteUidOf } from '../objects/remote-object.ts';
import type { Leftover } from './leftovers.ts';

/** Removes what is left over. A StatefulSet whose claims are to stay goes when they are no longer tied to it: perhaps the next time. */
export async function sweep(client: KubeClient, leftovers: Leftover[], isGone: SiteIsGone): Promise<void> {
  const gone = new Map<string, boolean>();
  for (const { object, moved } of leftovers) {
    const uid = siteUidOf(object);
    if (uid !== undefined && !moved) {
      const name = object.metadata.labels?.['app.kubernetes.io/instance'] ?? '';
      if (!gone.has(uid)) gone.set(uid, await isGone(name, uid));
      if (!gone.get(uid)) continue;
    }
    if (moved && object.kind === 'StatefulSet' && !(await letGoOfClaims(client, object))) continue;
    await remove(client, object);
  }
}

/** Asks the API server itself, not a cache: what is removed here may take its claims along. */
export type SiteIsGone = (name: string, uid: string) => Promise<boolean>;
