import { replicationUser } from '../../database/mariadb-init.ts';
import type { ChannelSpec, ChannelState } from '../../database/engine.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

/** A child has one channel, whichever hub its link leads to: the GTID position makes every hub the right one. */
export const UPLINK = 'uplink';

/** The channels that a site must have: rows travel exactly along the links. Pure. */
export function wantedChannels(plan: SitePlan, secrets: SiteSecrets): ChannelSpec[] {
  const user = replicationUser(plan.site);
  const self = { site: plan.site, id: plan.id };
  const channel = (peer: string, port: number, linkPeer: string, accept: ChannelSpec['accept']): ChannelSpec => ({
    peer,
    port,
    user,
    password: secrets.outbound[linkPeer]?.mysqlPassword ?? '',
    accept,
  });
  if (plan.role === 'child') {
    const home = plan.links.find((link) => link.kind === 'uplink');
    return home ? [channel(UPLINK, home.peerMysql, home.peer, { allBut: self })] : [];
  }
  return plan.links.map((link) => {
    const id = plan.sites.find((site) => site.name === link.peer)?.id ?? 0;
    const accept = link.kind === 'downlink' ? { only: { site: link.peer, id } } : { allBut: self };
    return channel(link.peer, link.peerMysql, link.peer, accept);
  });
}

/** What to do about one channel now. `wait`: it is well, retries by itself, or its next try is not due. */
export type Action = 'open' | 'close' | 'restart' | 'wait';

export interface Trouble {
  failures: number;
  /** Unix ms before which a failed channel is left alone. */
  retryAt: number;
}

/** Decides for every channel that exists or should. Pure. */
export function decide(wanted: ChannelSpec[], states: ChannelState[], troubles: Map<string, Trouble>, now: number): Map<string, Action> {
  const actions = new Map<string, Action>();
  const seen = new Map(states.map((state) => [state.peer, state]));
  for (const { peer } of wanted) {
    const state = seen.get(peer);
    if (!state) actions.set(peer, 'open');
    else if (state.state === 'stopped') actions.set(peer, 'restart');
    else if (state.state === 'failed' || state.state === 'purged') {
      actions.set(peer, now >= (troubles.get(peer)?.retryAt ?? 0) ? 'restart' : 'wait');
    } else actions.set(peer, 'wait');
  }
  for (const { peer } of states) if (!wanted.some((spec) => spec.peer === peer)) actions.set(peer, 'close');
  return actions;
}
