import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Proxy, proxy } from '../../../test/support/net.ts';
import { startNetwork } from '../../../test/support/network.ts';
import { withDescendants } from '../measure.ts';
import { CHILDREN, HUBS, type Star } from '../star.ts';

/** The star under the local runner; `counted`: every link goes through a counting proxy, which costs CPU time. */
export async function startSitesync(
  counted = false,
): Promise<Star & { network: Awaited<ReturnType<typeof startNetwork>> }> {
  const ports: Record<string, number> = {};
  for (const hub of HUBS) ports[hub] = await freePort();
  const links = new Map<string, Proxy>();
  if (counted) {
    links.set('h1-h2', await proxy({ port: ports.h2! }));
    for (const [child, hub] of Object.entries(CHILDREN))
      links.set(`${child}-${hub}`, await proxy({ port: ports[hub]! }));
  }
  const at = (from: string, to: string) => `127.0.0.1:${links.get(`${from}-${to}`)?.port ?? ports[to]!}`;
  const object = (kind: string, name: string, spec: object) =>
    JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
  const documents = [
    ...HUBS.map((hub) => object('Site', hub, {})),
    object('Hub', 'h1', { listen: `127.0.0.1:${ports.h1}` }),
    object('Hub', 'h2', { listen: `127.0.0.1:${ports.h2}`, address: at('h1', 'h2') }),
    ...Object.entries(CHILDREN).map(([child, hub]) =>
      object('Site', child, { hubs: [{ name: hub, address: at(child, hub) }] }),
    ),
    object('SyncFolder', 'projects', { selector: {} }),
  ];
  const network = await startNetwork(documents.join('\n---\n'));
  await network.up();
  return {
    network,
    root: (site) => network.root(site),
    receiving: (site, name) => {
      const staging = join(network.root(site), '.sitesync/staging');
      const pulls = readdirSync(staging).filter((entry) => entry.startsWith('pull-'));
      return pulls.some((pull) => existsSync(join(staging, pull, name)));
    },
    wireBytes: () => Object.fromEntries([...links].map(([link, { bytes }]) => [link, bytes().up + bytes().down])),
    async pids(site) {
      const own = (await network.processes()).find((one) => one.site === site)!.processes;
      const ssh = await network.pidOf(site, 'ssh');
      return withDescendants([...own.flatMap(({ pid }) => pid ?? []), ...(ssh ? [ssh] : [])]);
    },
    settled: async () => void (await network.cli('wait', '--timeout', '100s')),
    async stop() {
      await network.remove();
      for (const link of links.values()) await link.close();
    },
  };
}
