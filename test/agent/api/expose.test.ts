import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePlan } from '../../../src/agent/site/site-files.ts';
import { minimalPlan, startDatabase, type TestDatabase, testSecrets } from '../../support/database.ts';
import { freePort } from '../../support/net.ts';
import { until } from '../../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-tls-'));
const secrets = { ...testSecrets(), operatorToken: 'operator-token' };
const listen = { host: '127.0.0.1', port: 0 };
let database: TestDatabase;
let agent: ChildProcess;
let said = '';

/** A certificate from its own authority for "brazil". */
function certificate(name: string) {
  const [key, cert] = [join(temp, `${name}.key`), join(temp, `${name}.crt`)];
  const options = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=brazil',
  ];
  execFileSync(
    'openssl',
    ['req', '-x509', ...options, '-addext', 'subjectAltName=DNS:brazil', '-keyout', key, '-out', cert],
    {
      stdio: 'pipe',
    },
  );
  return { key, cert, ca: readFileSync(cert) };
}

function install({ key, cert }: { key: string; cert: string }): void {
  const { tls } = database.dir;
  for (const [from, to] of [
    [key, tls.key],
    [cert, tls.certificate],
  ] as const) {
    copyFileSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
  }
}

interface Answer {
  status: number;
  text: string;
}

function ask(path: string, ca: Buffer, options: { token?: string; method?: string } = {}): Promise<Answer> {
  const { token, method = 'GET' } = options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const asking = request({ ...listen, path, method, headers, ca, servername: 'brazil', agent: false }, (response) => {
      let text = '';
      response.on('data', (bytes) => (text += bytes));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

let first: ReturnType<typeof certificate>;
const token = secrets.operatorToken;

beforeAll(async () => {
  const plan = await minimalPlan('brazil', ['brazil']);
  listen.port = await freePort();
  const folder = {
    name: 'projects',
    mode: 'readWrite' as const,
    versions: { keep: 1, maxAgeSeconds: 1, maxBytes: 1 },
    freshnessSeconds: 1,
    ignore: [],
    members: ['brazil'],
  };
  database = await startDatabase({ ...plan, expose: listen, folders: [folder] }, secrets);
  const { dir } = database;
  first = certificate('first');
  mkdirSync(join(dir.keys, 'tls'));
  install(first);
  writePlan(dir, database.plan);
  writeFileSync(dir.secrets, JSON.stringify(secrets), { mode: 0o600 });
  const program = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
  agent = spawn(process.execPath, [program, 'agent', '--site-dir', dir.root], { stdio: ['ignore', 'pipe', 'inherit'] });
  agent.stdout?.on('data', (bytes) => (said += bytes));
  await until(async () => (await ask('/readyz', first.ca)).status === 200, 20_000, 'the agent');
});

afterAll(async () => {
  if (agent.exitCode === null && agent.signalCode === null) {
    const exit = once(agent, 'exit');
    agent.kill('SIGKILL');
    await exit;
  }
  await database.stop();
  rmSync(temp, { recursive: true, force: true });
});

test('serves health without a token, everything else only with the operator token', async () => {
  expect((await ask('/healthz', first.ca)).status).toBe(200);
  for (const wrong of [undefined, '', secrets.apiToken])
    expect((await ask('/api/v1/status', first.ca, wrong === undefined ? {} : { token: wrong })).status).toBe(401);
  expect(JSON.parse((await ask('/api/v1/status', first.ca, { token })).text)).toMatchObject({ name: 'brazil' });
  expect(await ask('/api/v1/rescan', first.ca, { token, method: 'POST' })).toEqual({
    status: 202,
    text: '{"folders":["projects"]}',
  });
  for (const verb of ['approve-held', 'reject-held'])
    expect(await ask(`/api/v1/${verb}`, first.ca, { token, method: 'POST' })).toEqual({
      status: 202,
      text: '{"folders":[]}',
    });
});

test('metrics tell the state, the resources and what was counted', async () => {
  const { text } = await ask('/metrics', first.ca, { token });
  const labels = 'network="test",site="brazil"';
  for (const line of [
    `sitesync_status_known{${labels}} 1`,
    `sitesync_lag_seconds{${labels}} 0`,
    `sitesync_folder_missing_files{folder="projects",${labels}} 0`,
    `sitesync_http_request_duration_seconds_count{${labels},server="agent",method="GET",code="401"}`,
  ])
    expect(text).toContain(line);
  for (const disk of ['state', 'folder/projects'])
    expect(text).toMatch(new RegExp(`sitesync_disk_free_bytes\\{disk="${disk}",${labels}\\} [1-9]`));
  expect(text).toMatch(/sitesync_build_info\{version="[0-9.]+",engine="(mariadb|mysql)",/);
  expect((await ask('/metrics', first.ca, { token, method: 'BREW' })).status).toBe(400);
});

test('exposes nothing about files, and no way to change them by name', async () => {
  for (const path of ['ls?folder=projects&path=', 'why?folder=projects&path=a', 'log?folder=projects&path=a'])
    expect((await ask(`/api/v1/${path}`, first.ca, { token })).status).toBe(404);
  expect((await ask('/api/v1/restore', first.ca, { token, method: 'POST' })).status).toBe(404);
  expect((await ask('/api/v1/held/changes?folder=projects', first.ca, { token })).status).toBe(404);
});

test('uses a renewed certificate without a restart', async () => {
  const second = certificate('second');
  install(second);
  await until(async () => (await ask('/healthz', second.ca)).status === 200, 5000, 'the new certificate');
  await expect(ask('/healthz', first.ca)).rejects.toThrow(/self-signed/);
  first = second;
});

test('stays alive but not ready without its database, and still exits within 10 s', async () => {
  process.kill(database.pid() ?? 0, 'SIGSTOP');
  try {
    await until(async () => (await ask('/readyz', first.ca)).status === 503, 10_000, 'not ready');
    expect((await ask('/healthz', first.ca)).status).toBe(200);
    const { text } = await ask('/metrics', first.ca, { token });
    expect(text).toContain('sitesync_status_known{network="test",site="brazil"} 0');
    expect(text).not.toContain('sitesync_lag_seconds');
    expect(text).toContain('sitesync_http_request_duration_seconds_count');
    const exit = once(agent, 'exit');
    const toldAt = Date.now();
    agent.kill('SIGTERM');
    await exit;
    expect(Date.now() - toldAt).toBeLessThan(10_000);
  } finally {
    process.kill(database.pid() ?? 0, 'SIGCONT');
  }
  expect(said).not.toContain(token);
});
