import type { Endpoint } from '../api/address.ts';

/** Where the files of a site are in its pod: {@link siteDir}. */
export const POD_ROOT = '/site';

/** The user of all containers. */
export const POD_USER = 'sitesync';

/** What a pod exposes; everything else is on its loopback, which only its own processes can reach. */
export const POD_LISTENS = {
  ssh: { host: '0.0.0.0', port: 2222 },
  https: { host: '0.0.0.0', port: 8443 },
  page: { host: '0.0.0.0', port: 8444 },
} satisfies Record<string, Endpoint>;

/** Where containers without a port of their own answer the kubelet's probes; network policies admit nobody else. */
export const POD_HEALTH_PORTS = { link: 8445, sshd: 8446 };

/** How pods of this cluster reach a hub whose Hub sets no address: by its Service, on the port of its sshd. */
export function hubService(site: string, namespace: string, port: number = POD_LISTENS.ssh.port): Endpoint {
  return { host: `${site}-hub.${namespace}.svc`, port };
}
