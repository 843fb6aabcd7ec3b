import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { replicationUser } from '../../src/base/login-name.ts';
import { siteDir } from '../../src/base/site-dir.ts';
import { containerScripts } from '../../src/database/container.ts';
import { mysqldProgram } from '../../src/database/mysql-program.ts';
import { SITE_TEMPLATE } from '../../src/database/schema.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';
import { ENGINE, engine, minimalPlan, testSecrets } from '../support/database.ts';
import { until } from '../support/until.ts';

const dir = siteDir(mkdtempSync(join(tmpdir(), 'sitesync-container-')));
const scripts = containerScripts(ENGINE, dir);
/** The server runs as an ordinary user, as in a pod: as root it needs an option that pods do not. */
const USER = process.getuid?.() === 0 ? 'nobody' : undefined;
const running = new Set<ChildProcess>();
const env = { ...process.env, ...(ENGINE === 'mysql' && { PATH: `${mysqlPrograms()}:${process.env.PATH}` }) };
let plan: SitePlan;

/** Readable by everybody, unlike root's cache. */
function mysqlPrograms(): string {
  const bin = dirname(mysqldProgram());
  if (!USER || !bin.endsWith('/sitesync/mysql/bin')) return bin;
  execFileSync('cp', ['-a', '--reflink=auto', dirname(bin), join(dir.root, 'programs')]);
  chmodSync(join(dir.root, 'programs'), 0o755);
  return join(dir.root, 'programs/bin');
}

// Bash with a socket for its input takes itself for one that rshd started, and reads .bashrc.
const asUser = (script: string): [string, string[]] =>
  USER
    ? ['setpriv', ['--reuid', USER, '--regid', 'nogroup', '--clear-groups', '--', 'bash', '--norc', '-c', script]]
    : ['bash', ['--norc', '-c', script]];

const initialise = () => spawnSync(...asUser(scripts.initialise), { env, encoding: 'utf8' });

function give(path: string): void {
  if (!USER) return;
  const id = (flag: string) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));
  chownSync(path, id('-u'), id('-g'));
}

/** As the kubelet replaces a file: atomically. */
function publish(peers: string[]): void {
  writeFileSync(`${dir.mysql.init}.new`, engine.initSql(plan, testSecrets(peers)), { mode: 0o440 });
  give(`${dir.mysql.init}.new`);
  renameSync(`${dir.mysql.init}.new`, dir.mysql.init);
}

function serve(): ChildProcess & { said: string[] } {
  const said: string[] = [];
  const child = Object.assign(spawn(...asUser(scripts.serve), { env, stdio: ['ignore', 'pipe', 'pipe'] }), { said });
  child.stderr.on('data', (bytes) => said.push(String(bytes)));
  running.add(child);
  return child;
}

/** As the agent sees them. */
async function tablesOf(schema: string): Promise<unknown[]> {
  const { agentPassword: password } = testSecrets([]);
  const db = await createConnection({ host: '127.0.0.1', port: plan.ports.mysql, user: 'agent', password });
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name',
    [schema],
  );
  await db.end();
  return rows.map((row) => Object.values(row)[0]);
}

/** A signal stops one thread after another: those that still run use the CPU. */
const isStopped = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).every((thread) =>
    /^State:\s*T/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
  );

async function mayLogIn(peer: string): Promise<boolean> {
  const { mysqlPassword: password } = testSecrets([peer]).inbound[peer]!;
  const user = replicationUser(peer, password);
  const db = await createConnection({ host: '127.0.0.1', port: plan.ports.mysql, user, password });
  await db.end();
  return true;
}

beforeAll(async () => {
  plan = await minimalPlan('germany', ['germany', 'brazil', 'spain'], ['germany']);
  chmodSync(dir.root, 0o755);
  for (const path of [dir.config, dir.keys, dir.state]) mkdirSync(path);
  give(dir.state);
  writeFileSync(dir.mysql.config, engine.config(plan, dir), { mode: 0o644 });
  writeFileSync(dir.mysql.template, SITE_TEMPLATE, { mode: 0o644 });
  writeFileSync(dir.mysql.schemas, 'site_brazil\nsite_germany\nsite_spain\n', { mode: 0o644 });
  publish(['brazil']);
});

afterEach(async () => {
  for (const child of running) {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await ended;
  }
  running.clear();
});
afterAll(() => rmSync(dir.root, { recursive: true, force: true }));

test('an interrupted initialisation is repeated', async () => {
  const [program, args] = asUser(scripts.initialise);
  const killed = spawn(program, args, { env, detached: true, stdio: 'ignore' });
  await until(() => existsSync(`${dir.mysql.data}.new`));
  const exit = once(killed, 'exit');
  process.kill(-(killed.pid ?? 0), 'SIGKILL');
  await exit;
  expect(existsSync(dir.mysql.data)).toBe(false);
  writeFileSync(join(`${dir.mysql.data}.new`, 'half'), '');
  const done = initialise();
  expect(done.status, done.stderr).toBe(0);
  expect(existsSync(join(dir.mysql.data, 'half'))).toBe(false);
  expect(initialise().status).toBe(0); // a whole one stays
});

test('a new neighbour gets a user and a new site a schema, without a restart; SIGTERM shuts the server down cleanly', async () => {
  const server = serve();
  await until(() => mayLogIn('brazil'), 20_000, 'the server');
  const pid = () => readFileSync(join(dir.mysql.data, 'mysql.pid'), 'utf8');
  const before = pid();
  publish(['brazil', 'spain']);
  await until(() => mayLogIn('spain'), 10_000, 'the new user');
  const others = () => tablesOf('site_new_office');
  expect(await others()).toEqual([]);
  appendFileSync(dir.mysql.schemas, 'site_new_office\n');
  const all = await tablesOf('site_spain');
  await until(async () => (await others()).length === all.length, 10_000, 'the schema of a new site');
  expect(await others()).toEqual(all);
  expect(pid()).toBe(before);
  const argv = execFileSync('ps', ['-ww', '-eo', 'args'], { encoding: 'utf8' });
  expect(argv).not.toContain('mysql-of-');
  const exit = once(server, 'exit');
  server.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  expect(server.said.join('')).toMatch(/Shutdown complete/);
});

test('a server that dies ends its container', async () => {
  const server = serve();
  await until(() => mayLogIn('brazil'), 20_000, 'the server');
  const exit = once(server, 'exit');
  process.kill(Number(readFileSync(join(dir.mysql.data, 'mysql.pid'), 'utf8')), 'SIGKILL');
  expect(await exit).toEqual([137, null]);
});

test('a stopped server counts as hung although the kernel accepts its connections; a slow one does not', async () => {
  const server = serve();
  await until(() => mayLogIn('brazil'), 20_000, 'the server');
  const works = () => spawnSync(...asUser(scripts.works), { env, encoding: 'utf8' });
  const pid = Number(readFileSync(join(dir.mysql.data, 'mysql.pid'), 'utf8'));
  expect(works()).toMatchObject({ status: 0, stderr: '' });
  process.kill(pid, 'SIGSTOP');
  await until(() => isStopped(pid), 5000, 'every thread stopped');
  expect(works().status).not.toBe(0);
  // It continues while it is probed: the CPU time it then uses shows that it is alive, if the answer is late.
  const slow = spawn(...asUser(scripts.works), { env });
  const stopping = setInterval(() => {
    process.kill(pid, 'SIGCONT');
    setTimeout(() => process.kill(pid, 'SIGSTOP'), 5);
  }, 1000);
  const [status] = await once(slow, 'exit');
  clearInterval(stopping);
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill(pid, 'SIGCONT');
  expect(status).toBe(0);
  server.kill('SIGTERM');
}, 60_000);
