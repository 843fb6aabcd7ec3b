import { replicationUser } from '../../base/login-name.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { ChannelSpec, ChannelState } from '../../database/engine.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

/**
 * The channels that a site must have: rows travel exactly along the links. A child has one, to the hub that its link
 * currently leads to; its GTID position lets it continue at any hub. Pure.
 * @param uplink the hub a child is connected to; undefined while there is none: then its channels stay as they are
 */
export function wantedChannels(plan: SitePlan, secrets: SiteSecrets, uplink: string | undefined): ChannelSpec[] {
  const others = plan.sites.map((site) => site.name).filter((name) => name !== plan.site);
  return plan.links
    .filter((link) => link.kind !== 'uplink' || link.peer === uplink)
    .map((link) => {
      const child = link.kind === 'downlink' ? plan.sites.find((site) => site.name === link.peer) : undefined;
      const password = secrets.outbound[link.peer]?.mysqlPassword ?? '';
      return {
        peer: link.peer,
        port: link.peerMysql,
        user: replicationUser(plan.site, password),
        password,
        speaksFor: child ? [child.name] : others,
        neverFor: child ? plan.sites.map(({ name }) => name).filter((name) => name !== child.name) : [plan.site],
        domains: child ? { only: child.id } : { except: plan.id },
      };
    });
}

/** What to do about one channel now. `copy`: reseed. `wait`: it works, retries by itself, or its next try is not due. */
export type ChannelAction = 'open' | 'close' | 'restart' | 'copy' | 'wait';

/**
 * How often a channel is just restarted: when a hub lacks rows that a neighbour has purged, because another hub may be
 * delivering them; and after an event that cannot be applied, because the cause may be local and temporary.
 */
const PATIENCE = 2;

export interface ChannelFailures {
  failures: number;
  /** Monotonic ms before which a failed channel is left alone. */
  retryAt: number;
}

/**
 * Decides for every channel that exists or should, in the order of execution. Pure. Closing comes first: a child's hubs are
 * all behind the same port, and a server refuses two channels to one.
 */
export function decideChannels(
  wanted: ChannelSpec[],
  states: ChannelState[],
  troubles: Map<string, ChannelFailures>,
  now: number,
  role: SitePlan['role'],
): Map<string, ChannelAction> {
  const actions = new Map<string, ChannelAction>();
  for (const { peer } of states) if (!wanted.some((spec) => spec.peer === peer)) actions.set(peer, 'close');
  const seen = new Map(states.map((state) => [state.peer, state]));
  for (const { peer, domains } of wanted) {
    const state = seen.get(peer);
    if (!state) actions.set(peer, 'open');
    else if (state.state === 'stopped') actions.set(peer, 'restart');
    else if (now < (troubles.get(peer)?.retryAt ?? 0)) actions.set(peer, 'wait');
    else if (state.state === 'copied') actions.set(peer, 'copy');
    else if (state.state === 'failed' || state.state === 'purged') {
      const tries = troubles.get(peer)?.failures ?? 0;
      const mayPass = state.state === 'failed' || (role === 'hub' && 'except' in domains);
      actions.set(peer, mayPass && tries < PATIENCE ? 'restart' : 'copy');
    } else actions.set(peer, 'wait');
  }
  return actions;
}
