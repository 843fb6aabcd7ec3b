import type { Endpoint } from '../api/address.ts';
import type { Resources, Site } from '../api/schema.ts';
import type { Problem } from '../base/problem.ts';
import type { Link } from './links.ts';

/** What a pod opens to others; all else is on its loopback, where only its own processes are. */
export const POD_LISTENS = {
  ssh: { host: '0.0.0.0', port: 2222 },
  https: { host: '0.0.0.0', port: 8443 },
} satisfies Record<string, Endpoint>;

/** How pods of this cluster reach a hub whose Hub names no address: its Service. */
export function hubService(site: string, namespace: string): Endpoint {
  return { host: `${site}-hub.${namespace}.svc`, port: POD_LISTENS.ssh.port };
}

/** Whether the site's pod runs in the cluster of its resources, so that its Services can be reached, and it theirs. */
export function inThisCluster({ spec: { placement } }: Site): boolean {
  return !placement?.external && placement?.kubeconfigSecret === undefined;
}

/** Links that lead out of the cluster, or into it, and have no address. Pure. */
export function addressProblems({ sites, hubs }: Resources, links: Link[]): Problem[] {
  const inside = new Set(sites.filter(inThisCluster).map((site) => site.metadata.name));
  const addressed = new Set(hubs.filter((hub) => hub.spec.address !== undefined).map((hub) => hub.metadata.name));
  return links
    .filter(({ dialler, acceptor, address }) => {
      const named = address !== undefined || addressed.has(acceptor);
      return !named && !(inside.has(dialler) && inside.has(acceptor));
    })
    .map(({ dialler, acceptor }) => ({
      object: `Hub/${acceptor}`,
      field: 'spec.address',
      reason: `is missing, and Site/${dialler} cannot reach this hub by its Service: one of the two is outside of this cluster`,
      remedy: 'Write the address under which the hub is reached from there',
    }));
}
