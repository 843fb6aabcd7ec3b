import { existsSync, readFileSync } from 'node:fs';
import type { LinkState, SiteDir, SiteSecrets } from '../../base/site-dir.ts';
import type { ChannelState } from '../../database/engine.ts';
import type { ReportedProblem } from '../../problems/problem.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { type Channel, whyStopped } from '../replication/why-stopped.ts';

/** What does not mend by connecting again. */
const STOPPED: ChannelState['state'][] = ['failed', 'purged', 'copied'];

/** A neighbour with which this site is connected now, both for the state and for bytes. */
export interface Peer {
  name: string;
  /** Loopback port behind which its rsync daemon answers. */
  rsyncPort: number;
  rsyncPassword: string;
  downBytesPerSecond?: number;
}

/** The links of this site as they are now. */
export interface Links {
  /** Neighbours that can be pulled from. */
  peers(): Peer[];
  /** Those of them that were heard just now: not even their heartbeat is missing. */
  heard(): string[];
  /** The hub this child is connected to; at a hub undefined. */
  hub(): string | undefined;
  /** Whether the state of the network arrives here: a child from its hub, a hub from every other hub. */
  connected(): boolean;
  /** No channel has stopped for a reason that it cannot mend by connecting again. */
  replicating(): boolean;
  /** What is wrong with the links and the replication over them. */
  problems(): ReportedProblem[];
}

/**
 * Puts together what the link process says of the ssh connections and what the database says of its channels: a
 * neighbour is connected when rows arrive from it.
 */
export function observeLinks(deps: {
  plan: () => SitePlan;
  dir: SiteDir;
  secrets: () => SiteSecrets;
  channels: () => Channel[];
}): Links {
  const { plan, dir, secrets, channels } = deps;
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
  // A link that is quiet may come back: what is on its way over it goes on. But nobody may say that the state arrives.
  const heard = () => up().filter((link) => channelOf(link)?.quiet !== true);
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
      return [...dialled.flatMap(({ problem }) => problem ?? []), ...stopped.map(whyStopped)];
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

/** The hub to which a child's ssh connection leads now. */
export function dialledHub(plan: SitePlan, dir: SiteDir): string | undefined {
  const uplinks = new Set(plan.links.filter((link) => link.kind === 'uplink').map((link) => link.peer));
  return readLinkStates(dir).find((state) => state.state === 'connected' && uplinks.has(state.peer))?.peer;
}

/** The links over which a neighbour may answer: those that it dials, and of ours the ones that are connected. */
export function reachableLinks(plan: SitePlan, dir: SiteDir): LinkPlan[] {
  const states = readLinkStates(dir);
  return plan.links.filter(
    (link) => !link.dials || states.some((one) => one.peer === link.peer && one.state === 'connected'),
  );
}

/** What the link process wrote last; nothing before it first ran. */
function readLinkStates(dir: SiteDir): LinkState[] {
  return existsSync(dir.linkState) ? (JSON.parse(readFileSync(dir.linkState, 'utf8')) as LinkState[]) : [];
}
