import { existsSync, readFileSync } from 'node:fs';
import type { LinkState, SiteDir, SiteSecrets } from '../../base/site-dir.ts';
import type { ChannelState } from '../../database/engine.ts';
import { problem, type ReportedProblem } from '../../problems/problem.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { type Channel, whyStopped } from '../replication/why-stopped.ts';

/** States that reconnecting does not repair. */
const STOPPED: ChannelState['state'][] = ['failed', 'purged', 'copied'];

/** A neighbour from which both rows and file contents arrive now. */
export interface Peer {
  name: string;
  /** Loopback port that leads to its rsync daemon. */
  rsyncPort: number;
  rsyncPassword: string;
  downBytesPerSecond?: number;
}

/** The present state of this site's links. */
export interface Links {
  /** Neighbours that can be pulled from. */
  peers(): Peer[];
  /** Those of them whose heartbeats are on time, and whose agents work. */
  heard(): string[];
  /** The hub this child is connected to; at a hub undefined. */
  hub(): string | undefined;
  /** Whether the state of the network arrives here: at a child from its hub, at a hub from every other hub. */
  connected(): boolean;
  /** No channel has stopped in a way that reconnecting does not repair. */
  replicating(): boolean;
  /** What is wrong with the links and the replication over them. */
  problems(): ReportedProblem[];
}

/**
 * Combines the states of ssh connections, from the link process, with those of replication channels, from the database:
 * a neighbour is connected when rows arrive from it.
 */
export function observeLinks(deps: {
  plan: () => SitePlan;
  dir: SiteDir;
  secrets: () => SiteSecrets;
  channels: () => Channel[];
  /** Whether a neighbour's agent hangs, or has ended, while its database goes on. */
  isSilent: (peer: string) => boolean;
}): Links {
  const { plan, dir, secrets, channels, isSilent } = deps;
  const channelOf = (link: LinkPlan) => channels().find((one) => one.peer === link.peer);
  const isUp = (link: LinkPlan, states: LinkState[]) => {
    const dialled = states.find((state) => state.peer === link.peer);
    if (link.dials && dialled?.state !== 'connected') return false;
    return channelOf(link)?.state === 'running';
  };
  const up = () => {
    const states = readLinkStates(dir);
    return plan().links.filter((link) => isUp(link, states));
  };
  // A quiet link may recover, so transfers over it continue; but the state no longer counts as arriving.
  const heard = () => up().filter((link) => channelOf(link)?.quiet !== true && !isSilent(link.peer));
  return {
    peers: () => up().map((link) => peerOf(link, secrets())),
    heard: () => heard().map(({ peer }) => peer),
    hub: () => up().find((link) => link.kind === 'uplink')?.peer,
    connected() {
      const links = heard();
      if (plan().role === 'child') return links.length > 0;
      return plan()
        .links.filter((link) => link.kind === 'trunk')
        .every((trunk) => links.includes(trunk));
    },
    replicating: () => channels().every(({ state }) => !STOPPED.includes(state)),
    problems() {
      const dialled = readLinkStates(dir).filter(({ state }) => state === 'connecting');
      const stopped = channels().filter((one) => STOPPED.includes(one.state));
      const silent = up().filter(({ peer }) => isSilent(peer));
      return [
        ...dialled.flatMap((state) => state.problem ?? []),
        ...stopped.map(whyStopped),
        ...silent.map(({ peer }) => problem('agentSilent', { peer })),
      ];
    },
  };
}

function peerOf(link: LinkPlan, secrets: SiteSecrets): Peer {
  return {
    name: link.peer,
    rsyncPort: link.peerRsync,
    rsyncPassword: secrets.outbound[link.peer]?.rsyncPassword ?? '',
    ...(link.downBytesPerSecond !== undefined && { downBytesPerSecond: link.downBytesPerSecond }),
  };
}

/** The hub to which a child's ssh connection leads. */
export function dialledHub(plan: SitePlan, dir: SiteDir): string | undefined {
  const uplinks = new Set(plan.links.filter((link) => link.kind === 'uplink').map((link) => link.peer));
  return readLinkStates(dir).find((state) => state.state === 'connected' && uplinks.has(state.peer))?.peer;
}

/** The links over which a neighbour may respond: those it dials, and those this site dials that are up. */
export function reachableLinks(plan: SitePlan, dir: SiteDir): LinkPlan[] {
  const states = readLinkStates(dir);
  return plan.links.filter(
    (link) => !link.dials || states.some((one) => one.peer === link.peer && one.state === 'connected'),
  );
}

/** The states the link process wrote last; empty before its first run. */
function readLinkStates(dir: SiteDir): LinkState[] {
  return existsSync(dir.linkState) ? (JSON.parse(readFileSync(dir.linkState, 'utf8')) as LinkState[]) : [];
}
