import { parseAddress } from '../api/address.ts';
import { rateBytesPerSecond } from '../api/quantity.ts';
import type { Hub, Resources, Site } from '../api/schema.ts';
import { hubService } from './pods.ts';
import type { PortLedger } from './ports.ts';
import type { Endpoint, LinkPlan } from './site-plan.ts';

/** One link between two neighbours: `dialler` runs the ssh client, `acceptor` is a hub. */
export interface Link {
  dialler: string;
  acceptor: string;
  trunk: boolean;
  priority: number;
  /** The address at which the dialler reaches the acceptor, if its Site sets one. */
  address?: string;
  /** Bytes per second from and to the dialler; absent = unlimited. */
  up?: number;
  down?: number;
}

/** Below this rate (bytes per second) compressing is cheaper than sending. */
const COMPRESS_BELOW = 10e6 / 8;

/** Every child with each of its hubs, and every pair of hubs; of two hubs the alphabetically first dials. */
export function linksOf({ sites, hubs }: Resources): Link[] {
  const siteOf = new Map(sites.map((site) => [site.metadata.name, site]));
  const isHub = new Set(hubs.map((hub) => hub.metadata.name));
  const links: Link[] = [];
  for (const site of sites.toSorted(byName)) {
    const dialler = site.metadata.name;
    if (isHub.has(dialler)) {
      for (const acceptor of [...isHub].sort())
        if (dialler < acceptor)
          links.push({ dialler, acceptor, trunk: true, priority: 0, ...rates(site, siteOf.get(acceptor)!) });
    } else {
      for (const [priority, { name: acceptor, address }] of site.spec.hubs.entries()) {
        links.push({
          dialler,
          acceptor,
          trunk: false,
          priority,
          ...(address !== undefined && { address }),
          ...rates(site, siteOf.get(acceptor)!),
        });
      }
    }
  }
  return links;
}

/** The lower of what one side may send and the other receive. */
function rates(dialler: Site, acceptor: Site): { up?: number; down?: number } {
  const up = slower(dialler.spec.link.up, acceptor.spec.link.down);
  const down = slower(dialler.spec.link.down, acceptor.spec.link.up);
  return { ...(up !== undefined && { up }), ...(down !== undefined && { down }) };
}

function slower(a: string, b: string): number | undefined {
  const given = [a, b].map(rateBytesPerSecond).filter((rate) => rate !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

/** Names of the ports that a link needs on the loopback of each side. A child uses the same ones for all its hubs. */
export function portNames({ dialler, acceptor, trunk }: Link): { near: [string, string]; far: [string, string] } {
  const near = trunk ? `${dialler}>${acceptor}` : `${dialler}>hub`;
  return {
    near: [`${near}/mysql`, `${near}/rsync`],
    far: [`${acceptor}<${dialler}/mysql`, `${acceptor}<${dialler}/rsync`],
  };
}

/** The link as seen from one of its two sites. */
export function linkPlan(link: Link, site: string, hub: Hub, ports: PortLedger, pods: boolean): LinkPlan {
  const { dialler, acceptor, trunk, priority, up, down } = link;
  const dials = site === dialler;
  const names = portNames(link);
  const port = (name: string) => ports[name]!;
  const slowest = Math.min(up ?? Number.POSITIVE_INFINITY, down ?? Number.POSITIVE_INFINITY);
  const [send, receive] = dials ? [up, down] : [down, up];
  return {
    peer: dials ? acceptor : dialler,
    kind: trunk ? 'trunk' : dials ? 'uplink' : 'downlink',
    dials,
    ...(dials && { address: addressOf(link, hub, ports, pods) }),
    priority,
    peerMysql: port(dials ? names.near[0] : names.far[0]),
    peerRsync: port(dials ? names.near[1] : names.far[1]),
    forwards: {
      local: [
        { listen: port(names.near[0]), to: port(`${acceptor}/mysql`) },
        { listen: port(names.near[1]), to: port(`${acceptor}/rsync`) },
      ],
      remote: [
        { listen: port(names.far[0]), to: port(`${dialler}/mysql`) },
        { listen: port(names.far[1]), to: port(`${dialler}/rsync`) },
      ],
    },
    ...(send !== undefined && { upBytesPerSecond: send }),
    ...(receive !== undefined && { downBytesPerSecond: receive }),
    compress: slowest <= COMPRESS_BELOW,
  };
}

function addressOf(link: Link, hub: Hub, ports: PortLedger, pods: boolean): Endpoint {
  const given = link.address ?? hub.spec.address;
  if (given !== undefined) return parseAddress(given);
  if (pods) {
    const { listen } = hub.spec;
    return hubService(
      link.acceptor,
      hub.metadata.namespace,
      listen === undefined ? undefined : parseAddress(listen).port,
    );
  }
  return { host: '127.0.0.1', port: ports[`${link.acceptor}/ssh`]! };
}

export function byName(a: { metadata: { name: string } }, b: { metadata: { name: string } }): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
