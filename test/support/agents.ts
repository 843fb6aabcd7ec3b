import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { writePlan } from '../../src/agent/site/site-files.ts';
import { rsyncdCommand, rsyncdConfig, rsyncdSecrets } from '../../src/agent/transfer/rsyncd.ts';
import type { LinkState, SiteSecrets } from '../../src/base/site-dir.ts';
import type { FolderPlan, LinkPlan, SitePlan } from '../../src/topology/site-plan.ts';
import { ENGINE, startDatabase, type TestDatabase } from './database.ts';
import { freePort, type Proxy, proxy } from './net.ts';
import { until } from './until.ts';

/** Who is linked with whom, child first: [['brazil', 'germany'], …]; two hubs make a trunk. */
export interface Shape {
  hubs: string[];
  links: [string, string][];
  folder?: Partial<FolderPlan>;
  /** Where the folder is at sites that have it elsewhere. */
  paths?: Record<string, string>;
  /** Names of further folders. */
  folders?: string[];
  /** The folder's mode at sites where it is not `readWrite`. */
  modes?: Record<string, FolderPlan['mode']>;
  inlineMax?: number;
  /** The ordinary user as which agents and rsync daemons run; only where root runs the tests. */
  user?: number;
  /** Whether the agents serve their pages. */
  page?: boolean;
  beatSeconds?: number;
  /** Every link goes through proxies that count its bytes: {@link startSites}'s `wire`. */
  counted?: boolean;
  /** Called before a site's agent starts for the first time: what is in its folders already. */
  prepare?: (site: string, folderOf: (name: string) => string) => void;
}

/** Bytes of a link, from the first of its sites to the second and back. */
export interface Wire {
  up: number;
  down: number;
}

/** Child → hub → hub → child. */
export const FOUR_SITES: Shape = {
  hubs: ['australia', 'germany'],
  links: [
    ['brazil', 'germany'],
    ['newzealand', 'australia'],
    ['australia', 'germany'],
  ],
};

/** Sites without ssh: every neighbour's ports are reached directly. Real databases, rsync daemons and agents. */
export async function startSites(shape: Shape) {
  const names = [...new Set([...shape.hubs, ...shape.links.flat()])].sort();
  const ports: Ports = new Map();
  for (const name of names)
    ports.set(name, {
      mysql: await freePort(),
      rsync: await freePort(),
      api: await freePort(),
      page: await freePort(),
    });
  const sites = new Map<string, TestSite>();
  const proxies = shape.counted ? await countingProxies(shape, ports) : undefined;
  const reach = (from: string, to: string) => proxies?.get(`${from}-${to}`)?.ports ?? ports.get(to)!;
  await Promise.all(
    names.map(async (name) => {
      const plan = planFor(name, names, shape, ports, reach);
      sites.set(name, await startSite(plan, shape));
    }),
  );
  return {
    /** Bytes on each link since the start, by `first-second` as in the shape; only where they are counted. */
    wire: (): Record<string, Wire> =>
      Object.fromEntries(
        shape.links.map(([a, b]) => {
          const [there, back] = [proxies!.get(`${a}-${b}`)!.bytes(), proxies!.get(`${b}-${a}`)!.bytes()];
          return [`${a}-${b}`, { up: there.up + back.down, down: there.down + back.up }];
        }),
      ),
    get: (name: string) => sites.get(name)!,
    all: () => [...sites.values()],
    async stop() {
      await Promise.all([...sites.values()].map((site) => site.stop()));
      for (const one of proxies?.values() ?? []) await one.close();
    },
  };
}

type Ports = Map<string, SitePlan['ports'] & { page: number }>;
/** The ports behind which a site reaches a neighbour. */
type Reach = (from: string, to: string) => Pick<SitePlan['ports'], 'mysql' | 'rsync'>;

/** What each site opens to each neighbour, by `from-to`. */
async function countingProxies(shape: Shape, ports: Ports) {
  const between = async (from: string, to: string) => {
    const [mysql, rsync] = [await proxy({ port: ports.get(to)!.mysql }), await proxy({ port: ports.get(to)!.rsync })];
    const both: Proxy[] = [mysql, rsync];
    return [
      `${from}-${to}`,
      {
        ports: { mysql: mysql.port, rsync: rsync.port },
        bytes: (): Wire => ({
          up: both.reduce((sum, one) => sum + one.bytes().up, 0),
          down: both.reduce((sum, one) => sum + one.bytes().down, 0),
        }),
        close: () => Promise.all(both.map((one) => one.close())),
      },
    ] as const;
  };
  return new Map(await Promise.all(shape.links.flatMap(([a, b]) => [between(a, b), between(b, a)])));
}

function planFor(site: string, names: string[], shape: Shape, ports: Ports, reach: Reach): SitePlan {
  const own = ports.get(site)!;
  const isHub = (name: string) => shape.hubs.includes(name);
  const links = shape.links
    .filter((pair) => pair.includes(site))
    .map(([a, b]): LinkPlan => {
      const peer = a === site ? b : a;
      const trunk = isHub(a) && isHub(b);
      return {
        peer,
        kind: trunk ? 'trunk' : isHub(site) ? 'downlink' : 'uplink',
        dials: a === site,
        priority: 0,
        peerMysql: reach(site, peer).mysql,
        peerRsync: reach(site, peer).rsync,
        forwards: { local: [], remote: [] },
        compress: false,
      };
    });
  return {
    network: 'test',
    site,
    id: names.indexOf(site) + 1,
    role: isHub(site) ? 'hub' : 'child',
    engine: ENGINE,
    ports: { mysql: own.mysql, rsync: own.rsync, api: own.api },
    ...(shape.page && { page: { host: '127.0.0.1', port: own.page } }),
    links,
    folders: ['projects', ...(shape.folders ?? [])].map(
      (name): FolderPlan => ({
        name,
        mode: shape.modes?.[site] ?? 'readWrite',
        versions: { keep: 20, maxAgeSeconds: 31_536_000, maxBytes: 50 * 2 ** 30 },
        freshnessSeconds: 900,
        ignore: [],
        members: names,
        ...shape.folder,
        ...(name === 'projects' && shape.paths?.[site] !== undefined && { path: shape.paths[site] }),
      }),
    ),
    sites: names.map((name, i) => {
      const hub = shape.links.find(([child]) => child === name)?.[1];
      return { name, id: i + 1, role: isHub(name) ? 'hub' : 'child', ...(!isHub(name) && hub && { hub }) };
    }),
    inline: { maxBytes: shape.inlineMax ?? 4096, bytesPerSecond: 8e6, burstBytes: 16e6 },
    beatSeconds: shape.beatSeconds ?? 30,
  };
}

function secretsFor(plan: SitePlan): SiteSecrets {
  const pass = (from: string, at: string) => ({
    mysqlPassword: `mysql ${from} at ${at}`,
    rsyncPassword: `rsync-${from}-at-${at}`,
  });
  return {
    agentPassword: `agent of ${plan.site}`,
    apiToken: `token-${plan.site}`,
    inbound: Object.fromEntries(plan.links.map(({ peer }) => [peer, pass(peer, plan.site)])),
    outbound: Object.fromEntries(plan.links.map(({ peer }) => [peer, pass(plan.site, peer)])),
  };
}

async function startSite(plan: SitePlan, { prepare, user }: Pick<Shape, 'prepare' | 'user'>) {
  const secrets = secretsFor(plan);
  const database: TestDatabase = await startDatabase(plan, secrets);
  const { dir } = database;
  const states: LinkState[] = plan.links
    .filter((link) => link.dials)
    .map(({ peer }) => ({ peer, state: 'connected', since: 0 }));
  for (const { name, path } of plan.folders) if (path === undefined) mkdirSync(dir.folder(name), { recursive: true });
  prepare?.(plan.site, (name) => dir.folder(name));
  writePlan(dir, plan);
  writeFileSync(dir.secrets, JSON.stringify(secrets), { mode: 0o600 });
  writeFileSync(dir.linkState, JSON.stringify(states));
  writeFileSync(dir.rsync.config, rsyncdConfig(plan, dir, process.getuid?.() === 0 && user === undefined));
  writeFileSync(dir.rsync.secrets, rsyncdSecrets(secrets), { mode: 0o600 });
  if (user !== undefined) execFileSync('chown', ['-R', `${user}:${user}`, dir.root]);
  const launch = ([program, ...args]: string[]): ChildProcess =>
    spawn(program!, args, {
      stdio: ['ignore', process.env.SITESYNC_TEST_LOG ? 'inherit' : 'ignore', 'inherit'],
      ...(user !== undefined && { uid: user, gid: user }),
    });
  const rsyncd = launch(rsyncdCommand(dir));
  let agent: ChildProcess | undefined;
  /** Those that were told to end. */
  const told = new Set<ChildProcess>();

  const api = async (path: string, init?: RequestInit) => {
    const headers = { authorization: `Bearer ${secrets.apiToken}`, 'content-type': 'application/json' };
    return fetch(`http://127.0.0.1:${plan.ports.api}${path}`, { ...init, headers });
  };
  async function startAgent(): Promise<void> {
    const program = new URL('../../src/cli/main.ts', import.meta.url).pathname;
    const command = [process.execPath, program, 'agent', '--site-dir', dir.root];
    // An agent that ends by itself wants to be started again.
    const run = () => {
      const one = launch(command);
      agent = one;
      one.once('exit', (code) => {
        if (agent === one && code === 0 && !told.has(one)) run();
      });
    };
    run();
    await until(
      async () => (await fetch(`http://127.0.0.1:${plan.ports.api}/healthz`)).ok,
      90_000,
      `the agent of ${plan.site}`,
    );
  }
  async function endAgent(signal: NodeJS.Signals): Promise<void> {
    if (agent?.exitCode !== null || agent.signalCode !== null) return;
    const ended = new Promise((resolve) => agent?.once('exit', resolve));
    told.add(agent);
    agent.kill(signal);
    await ended;
  }
  await startAgent();
  return {
    plan,
    dir,
    database,
    root: plan.folders[0]?.path ?? dir.folder('projects'),
    api,
    status: async () => (await (await api('/api/v1/status')).json()) as Record<string, unknown>,
    pid: () => agent?.pid,
    startAgent,
    endAgent,
    killAgent: () => endAgent('SIGKILL'),
    stopAgent: () => endAgent('SIGTERM'),
    /** Whether its links are connected, as its link process would say. */
    setLinks: (up: boolean) => writeFileSync(dir.linkState, JSON.stringify(up ? states : [])),
    async stop() {
      await endAgent('SIGTERM');
      rsyncd.kill();
      await database.stop();
    },
  };
}

export type TestSite = Awaited<ReturnType<typeof startSite>>;
