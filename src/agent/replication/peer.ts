import type { Connection, Pool } from 'mysql2/promise';
import { replicationUser } from '../../base/login-name.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import { connectToPeer, openPeerDatabase } from '../../database/connect.ts';
import type { Engine } from '../../database/engine.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { historyAt, type KnownHistory } from './known-history.ts';

/** The neighbour's database, for reading. */
export function peerDatabase(plan: SitePlan, secrets: SiteSecrets, link: LinkPlan): Pool {
  const password = secrets.outbound[link.peer]?.mysqlPassword ?? '';
  return openPeerDatabase(link.peerMysql, replicationUser(plan.site, password), password);
}

/** One connection to it. */
export function connectedPeer(plan: SitePlan, secrets: SiteSecrets, link: LinkPlan): Promise<Connection> {
  const password = secrets.outbound[link.peer]?.mysqlPassword ?? '';
  return connectToPeer(link.peerMysql, replicationUser(plan.site, password), password);
}

/** What a neighbour knows about this site; undefined while it does not respond, or has not heard of this site at all. */
export async function askPeer(
  { plan, secrets, engine }: { plan: SitePlan; secrets: SiteSecrets; engine: Engine },
  link: LinkPlan,
  limits: number[],
): Promise<KnownHistory | undefined> {
  const peer = peerDatabase(plan, secrets, link);
  try {
    return await historyAt(peer, engine, plan, limits);
  } catch {
    return undefined;
  } finally {
    await peer.end();
  }
}
