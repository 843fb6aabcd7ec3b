import { randomBytes } from 'node:crypto';
import type { SiteSecrets } from '../base/site-dir.ts';
import type { SitePlan } from './site-plan.ts';

type Inbound = SiteSecrets['inbound'][string];

/** A password that nobody guesses. */
export const newPassword = () => randomBytes(24).toString('base64url');

/**
 * The secrets of all sites: what is in `known` is kept, what a new site or link needs is made, what no link needs any
 * more is dropped. A neighbour's outbound passwords are always the other one's inbound ones.
 */
export function completeSecrets(
  plans: SitePlan[],
  known: Map<string, SiteSecrets>,
  make: () => string = newPassword,
): Map<string, SiteSecrets> {
  const inbound = new Map<string, Record<string, Inbound>>();
  for (const { site, links } of plans) {
    const kept = known.get(site)?.inbound ?? {};
    const fresh = (): Inbound => ({ mysqlPassword: make(), rsyncPassword: make() });
    const peers = links.map((link) => link.peer).sort();
    inbound.set(site, Object.fromEntries(peers.map((peer) => [peer, kept[peer] ?? fresh()])));
  }
  return new Map(
    plans.map(({ site }) => [
      site,
      {
        agentPassword: known.get(site)?.agentPassword ?? make(),
        apiToken: known.get(site)?.apiToken ?? make(),
        inbound: inbound.get(site)!,
        outbound: Object.fromEntries(
          Object.keys(inbound.get(site)!).map((peer) => [peer, outboundTo(inbound, peer, site)]),
        ),
      },
    ]),
  );
}

/** What `site` uses at `peer`. Links are between two sites of one plan: both ends have an entry. */
function outboundTo(inbound: Map<string, Record<string, Inbound>>, peer: string, site: string): Inbound {
  const found = inbound.get(peer)?.[site];
  if (!found) throw new Error(`the plan of ${peer} has no link to ${site}, but ${site} has one to ${peer}`);
  return found;
}
