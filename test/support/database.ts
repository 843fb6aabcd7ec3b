import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Connection, createConnection, type Pool } from 'mysql2/promise';
import { type SiteDir, type SiteSecrets, siteDir } from '../../src/base/site-dir.ts';
import { openDatabase } from '../../src/database/connect.ts';
import { engines, startSql } from '../../src/database/engines.ts';
import type { EngineName, SitePlan } from '../../src/topology/site-plan.ts';
import { freePort } from './net.ts';
import { until } from './until.ts';

/** What the databases of the tests run: SITESYNC_ENGINE, MariaDB unless given. */
export const ENGINE = (process.env.SITESYNC_ENGINE ?? 'mariadb') as EngineName;
export const engine = engines[ENGINE];

/** A plan for one site of a network of `names`; the first of them is the site. Hubs are the names in `hubs`. */
export async function minimalPlan(site: string, names: string[], hubs: string[] = []): Promise<SitePlan> {
  return {
    network: 'test',
    site,
    id: names.toSorted().indexOf(site) + 1,
    role: hubs.includes(site) ? 'hub' : 'child',
    engine: ENGINE,
    ports: { mysql: await freePort(), rsync: await freePort(), api: await freePort() },
    links: [],
    folders: [],
    sites: names
      .toSorted()
      .map((name, i) => ({ name, id: i + 1, role: hubs.includes(name) ? ('hub' as const) : ('child' as const) })),
    inline: { maxBytes: 4096, bytesPerSecond: 1e6, burstBytes: 1e6 },
    beatSeconds: 30,
  };
}

export function testSecrets(peers: string[] = []): SiteSecrets {
  const passwords = Object.fromEntries(
    peers.map((peer) => [peer, { mysqlPassword: `mysql-of-${peer}`, rsyncPassword: `rsync-of-${peer}` }]),
  );
  return { agentPassword: 'agent-secret', apiToken: 'token', inbound: passwords, outbound: passwords };
}

/**
 * MariaDB's new data directory holds nothing of its site: it is made once in a run and copied, which spares a second of CPU each time.
 * MySQL's has the UUID of its server.
 */
async function initialise(dir: SiteDir): Promise<void> {
  const templates = process.env.SITESYNC_TEST_TEMPLATES;
  if (ENGINE !== 'mariadb' || templates === undefined || existsSync(dir.mysql.data)) return engine.initialise(dir);
  const template = join(templates, ENGINE);
  if (!existsSync(template)) {
    const own = siteDir(mkdtempSync(join(templates, 'new-')));
    await engine.initialise(own);
    // Another worker may have been quicker.
    try {
      renameSync(own.mysql.data, template);
    } catch (error) {
      if (!existsSync(template)) throw error;
    }
  }
  await execa('cp', ['--archive', '--reflink=auto', '--sparse=always', template, dir.mysql.data]);
}

/** A real database of one site in a temporary directory. */
export async function startDatabase(plan: SitePlan, secrets: SiteSecrets = testSecrets()) {
  const dir = siteDir(mkdtempSync(join(tmpdir(), `sitesync-db-${plan.site}-`)));
  for (const path of [dir.config, dir.keys, dir.state, dir.run, dir.logs, dir.folders])
    mkdirSync(path, { recursive: true });
  let child: ChildProcess | undefined;
  const pool: Pool = openDatabase(plan, secrets);
  const pools: Connection[] = [];

  async function start(): Promise<void> {
    writeFileSync(dir.mysql.config, engine.config(plan, dir));
    writeFileSync(dir.mysql.init, startSql(plan, secrets), { mode: 0o600 });
    await initialise(dir);
    const [program, ...args] = engine.command(dir);
    child = spawn(program!, args, { stdio: 'ignore' });
    await until(() => pool.query('SELECT 1').then(() => true), 20_000, `the database of ${plan.site}`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill(signal);
    await ended;
    child = undefined;
  }

  await start();
  return {
    plan,
    dir,
    secrets,
    pool,
    /** As the database's own administrator: what somebody who broke into this site could do. */
    async asRoot(): Promise<Connection> {
      const connection = await createConnection({ socketPath: join(dir.mysql.data, 'mysql.sock'), user: 'root' });
      pools.push(connection);
      return connection;
    },
    pid: () => child?.pid,
    kill: () => end('SIGKILL'),
    /** Ends it in order. */
    end: () => end('SIGTERM'),
    start,
    async stop() {
      await pool.end();
      for (const connection of pools) connection.destroy();
      if (child) await end('SIGTERM');
      rmSync(dir.root, { recursive: true, force: true });
    },
  };
}

export type TestDatabase = Awaited<ReturnType<typeof startDatabase>>;
