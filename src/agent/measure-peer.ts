import type { Peer } from './link/links.ts';
import { peerDatabase } from './replication/peer.ts';
import type { SiteContext } from './site/site.ts';
import { measureLine, requestOf } from './transfer/measure-line.ts';

/** How fast bytes arrive from a neighbour: see {@link measureLine}. Rejects when it does not answer. */
export async function measurePeer(
  { plan, secrets, monotonic }: SiteContext,
  { name }: Peer,
): Promise<number | undefined> {
  const link = plan.links.find(({ peer }) => peer === name);
  if (!link) return undefined;
  const db = peerDatabase(plan, secrets, link);
  try {
    return await measureLine(requestOf(db, monotonic));
  } finally {
    await db.end();
  }
}
