import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { mergeStatus, type SiteAnswer } from '../../src/agent/queries/merge-status.ts';
import { type SiteClient, siteClients } from '../../src/cli/sites/client.ts';
import { missingOf } from '../../src/cli/sites/missing.ts';
import type { EngineName } from '../../src/topology/site-plan.ts';
import { freePort } from '../../test/support/net.ts';
import { startNetwork } from '../../test/support/network.ts';
import { type Link, startLink } from './links.ts';
import { processesOf, signalAll } from './processes.ts';
import { EDGES, type Edge, FOLDER, SITES, type SiteName, SMALL_DISKS } from './star.ts';

/** What a second `up` may change. */
export interface Settings {
  ignore: string[];
  keep: number;
}

/** Keeps more versions than a run makes: nothing is removed because of age or number. */
export const FIRST_SETTINGS: Settings = { ignore: [], keep: 10_000 };

/** Size of a small disk: more than a run needs. It takes memory only for what is on it. */
const DISK = '2g';

/** Six real sites behind links that can break. */
export async function startStar(work: string, engine: EngineName, settings: Settings) {
  mkdirSync(work, { recursive: true });
  const temp = realpathSync(work);
  const disks = await mountDisks(temp);
  const [ports, links] = await startLinks();
  const network = await startNetwork(yamlOf(settings, ports, links, disks), { folder: FOLDER, engine, temp });
  const data = network.data.root;
  let clients: SiteClient[] = [];
  const apply = async (changed: Settings) => {
    await network.up(yamlOf(changed, ports, links, disks));
    clients = siteClients(network.data);
  };
  const answers = () => Promise.all(clients.map(askOne));
  return {
    data,
    dir: network.data.site,
    links,
    disks,
    rootOf: (site: SiteName) => {
      const disk = disks.get(site);
      return disk ? join(disk, FOLDER) : network.root(site);
    },
    /** `sitesync up` with these settings. */
    apply,
    /** Whether `sitesync status` would say that every site is in sync. */
    inSync: async () => clients.length > 0 && mergeStatus(await answers()).every(({ inSync }) => inSync),
    /** Why not, one line per reason. */
    missing: async () => missingOf(await answers()),
    processes: () => processesOf(data),
    /** Stops everything that it started, whatever its state, and removes its directory. */
    async remove(): Promise<void> {
      signalAll(processesOf(data), 'SIGCONT');
      await network.down().catch(() => undefined);
      for (let left = processesOf(data); left.length > 0; left = processesOf(data)) {
        signalAll(left, 'SIGKILL');
        await pause(200);
      }
      await Promise.all([...links.values()].map((link) => link.close()));
      for (const disk of disks.values()) await execa('umount', ['--lazy', disk], { reject: false });
      rmSync(temp, { recursive: true, force: true });
    },
  };
}

export type Star = Awaited<ReturnType<typeof startStar>>;

async function askOne(client: SiteClient): Promise<SiteAnswer> {
  const { plan } = client;
  return client.status().then(
    (status) => ({ plan, status }),
    (error: Error) => ({ plan, error: error.message }),
  );
}

/** If this machine allows it, the trees of some sites are on disks that can be filled and made read-only. */
async function mountDisks(temp: string): Promise<Map<SiteName, string>> {
  const disks = new Map<SiteName, string>();
  if (process.getuid?.() !== 0) return disks;
  for (const site of SMALL_DISKS) {
    const disk = join(temp, `disk-${site}`);
    mkdirSync(disk);
    const { failed } = await execa('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=755`, 'tmpfs', disk], {
      reject: false,
    });
    if (failed) break;
    disks.set(site, disk);
    mkdirSync(join(disk, FOLDER));
  }
  return disks;
}

/** Fills the disk, makes it read-only, or restores it. */
export async function remount(disk: string, how: 'full' | 'readOnly' | 'ok'): Promise<boolean> {
  const options = { full: `size=${await usedOn(disk)}k`, readOnly: 'ro', ok: `rw,size=${DISK}` }[how];
  return !(await execa('mount', ['-o', `remount,${options}`, disk], { reject: false })).failed;
}

/** In KiB. */
const usedOn = async (disk: string) => Number((await execa('df', ['--output=used', disk])).stdout.split('\n')[1]);

async function startLinks(): Promise<[Map<SiteName, number>, Map<Edge, Link>]> {
  const ports = new Map<SiteName, number>();
  for (const hub of ['h1', 'h2'] as const) ports.set(hub, await freePort());
  const links = new Map<Edge, Link>();
  for (const [edge, [, hub]] of Object.entries(EDGES) as [Edge, (typeof EDGES)[Edge]][])
    links.set(edge, await startLink(await freePort(), ports.get(hub)!));
  return [ports, links];
}

/** What an admin would write. The brake would hold what the script does in bulk: it has its own tests. */
function yamlOf(
  settings: Settings,
  ports: Map<SiteName, number>,
  links: Map<Edge, Link>,
  disks: Map<SiteName, string>,
): string {
  const object = (kind: string, name: string, spec: object) => ({
    apiVersion: 'sitesync.dev/v1alpha1',
    kind,
    metadata: { name },
    spec,
  });
  const through = (edge: Edge) => `127.0.0.1:${links.get(edge)!.port}`;
  const sites = SITES.map((site) => {
    const uplink = Object.entries(EDGES).find(([, [from]]) => from === site && site !== 'h1') as
      | [Edge, (typeof EDGES)[Edge]]
      | undefined;
    return object('Site', site, uplink ? { hubs: [{ name: uplink[1][1], address: through(uplink[0]) }] } : {});
  });
  const hubs = [...ports].map(([hub, port]) =>
    object('Hub', hub, { listen: `127.0.0.1:${port}`, address: hub === 'h2' ? through('h1-h2') : `127.0.0.1:${port}` }),
  );
  const folder = object('SyncFolder', FOLDER, {
    selector: {},
    sites: [...disks].map(([name, disk]) => ({ name, path: join(disk, FOLDER) })),
    versions: { keep: settings.keep },
    ignore: settings.ignore,
    brake: { enabled: false },
  });
  return [...sites, ...hubs, folder].map((one) => stringify(one)).join('---\n');
}
