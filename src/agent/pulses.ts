import { connectToOwn } from '../database/connect.ts';
import type { Links } from './link/links.ts';
import { summaryOf } from './queries/beats.ts';
import { connectedPeer } from './replication/peer.ts';
import { createPulse, type Pulse, pulseLock } from './replication/pulse.ts';
import { type Pulses, watchPulses } from './replication/watch-pulses.ts';
import type { SiteView } from './site/site.ts';

/** By what this site's neighbours know that its agent works. */
export function ownPulse(site: SiteView): Pulse {
  return createPulse({
    site: site.plan.site,
    secrets: () => site.secrets,
    log: site.log,
    connect: () => connectToOwn(site.plan, site.secrets),
  });
}

/** Which of its neighbours' agents are silent. */
export function feelNeighbours(site: SiteView, links: Links): Pulses & { closed: Promise<void> } {
  return watchPulses({
    connected: () => links.peers().map(({ name }) => name),
    hasPulse: async (peer) => (await summaryOf(site, peer))?.pulse === true,
    connect: (peer) => {
      const link = site.plan.links.find((one) => one.peer === peer);
      if (!link) throw new Error(`there is no link to ${peer}`);
      return connectedPeer(site.plan, site.secrets, link);
    },
    lockOf: (peer) => pulseLock(peer, site.plan.site, site.secrets.outbound[peer]?.mysqlPassword ?? ''),
    log: site.log,
    signal: site.signal,
    clock: site.monotonic,
  });
}
