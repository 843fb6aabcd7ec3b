import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ownerOf } from '../../src/local/owner.ts';
import { isAlive, startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const document = (kind: string, name: string, spec = '{}', namespace = 'default') =>
  `---\napiVersion: sitesync.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`;
const child = (name: string) => document('Site', name, '{hubs: [{name: germany}]}');
const two =
  document('Site', 'germany') +
  document('Hub', 'germany') +
  child('brazil') +
  document('SyncFolder', 'projects', '{selector: {}}');

let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork(two);
  await network.up();
});
afterAll(() => network.remove());

async function pids(): Promise<Record<string, number | undefined>> {
  const all = await network.processes();
  return Object.fromEntries(
    all.flatMap(({ site, processes }) => processes.map(({ kind, pid }) => [`${site} ${kind}`, pid])),
  );
}

/** The message of a failing `sitesync up`. */
async function refusal(yaml: string): Promise<string> {
  const result = await network.up(yaml).then(
    () => 'it was not refused',
    (error: { stderr: string }) => error.stderr,
  );
  return result;
}

test('status of a running network has the documented fields', async () => {
  const { sites } = await network.json('status');
  expect(sites.map((site: { name: string }) => site.name)).toEqual(['brazil', 'germany']);
  expect(sites[0]).toMatchObject({
    role: 'child',
    hub: 'germany',
    filesBehind: 0,
    bytesBehind: 0,
    conflicts: 0,
    held: 0,
    lagSeconds: 0,
  });
  expect(Math.abs(Date.parse(sites[0].asOf) - Date.now())).toBeLessThan(10_000);
});

test('applying the same topology restarts nothing', async () => {
  const before = await pids();
  const { stdout } = await network.up();
  expect(stdout).toContain('child of germany');
  expect(await pids()).toEqual(before);
});

test('a new site starts and syncs; nothing else restarts', async () => {
  network.write('brazil', 'early.txt', 'written before spain came');
  const before = await pids();
  const link = await network.pidOf('brazil', 'ssh');
  await network.up(two + child('spain'));
  const after = await pids();
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  expect(changed).toEqual([]);
  expect(await network.pidOf('brazil', 'ssh')).toBe(link);
  network.write('spain', 'late.txt', 'written by spain');
  await network.waitEqual();
  await network.cli('wait', '--timeout', '30s');
});

test('a removed site stops and keeps its data; the rest is in sync without it', async () => {
  const all = await pids();
  const gone = Object.entries(all).flatMap(([name, pid]) => (name.startsWith('spain') && pid ? [pid] : []));
  await network.up(two);
  expect(gone.length).toBe(3);
  await until(() => !gone.some(isAlive));
  expect(existsSync(join(network.root('spain'), 'late.txt'))).toBe(true);
  expect(network.sites()).toEqual(['brazil', 'germany']);
  await network.cli('wait', '--timeout', '30s');
});

test('an invalid topology is rejected, and the running network left alone', async () => {
  const before = await pids();
  const busy = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void busy.close());
  await once(busy, 'listening');
  const { port } = busy.address() as { port: number };
  const listening = two.replace(
    document('Hub', 'germany'),
    document('Hub', 'germany', `{listen: "127.0.0.1:${port}"}`),
  );
  expect(await refusal(listening)).toMatch(
    new RegExp(`Site/germany: its sshd cannot listen on 127.0.0.1:${port}: another program does. Stop`),
  );
  expect(await refusal(two.replaceAll('namespace: default', 'namespace: other'))).toMatch(
    /contains the data of the network "default", not of "other"/,
  );
  expect(await refusal(two.replace('hubs:', 'hub:'))).toMatch(/network\.yaml:\d+: Site\/brazil spec\.hub: /);
  expect(await pids()).toEqual(before);
  expect(network.sites()).toEqual(['brazil', 'germany']);
  await network.up(two);
});

test('a supervisor that does not respond is named, and no second one starts', async () => {
  const { pid } = ownerOf(network.data)!;
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await refusal(two)).toMatch(new RegExp(`is in use: process ${pid} runs it`));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until(async () => (await network.processes()).length === 2);
});

test('nothing survives the SIGKILL of the supervisor, and the next start continues', async () => {
  const all = await network.pids();
  expect(all.length).toBe(9);
  process.kill(ownerOf(network.data)!.pid, 'SIGKILL');
  await until(() => !all.some(isAlive), 5000);
  await network.up();
  network.write('germany', 'again.txt', 'after the crash');
  await network.waitEqual();
});

test('down stops everything, and the data stays', async () => {
  const all = await network.pids();
  expect((await network.down()).stdout).toMatch(/stopped/);
  expect(all.filter(isAlive)).toEqual([]);
  expect(ownerOf(network.data)).toBeUndefined();
  expect(readFileSync(join(network.root('brazil'), 'again.txt'), 'utf8')).toBe('after the crash');
});

test('in the foreground it prints one table, and Ctrl-C stops everything', async () => {
  const run = execa('bin/sitesync', ['up', join(network.data.root, '../network.yaml'), '--data', network.data.root], {
    stdin: 'ignore',
    all: true,
  });
  let said = '';
  run.all.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(() => said.includes('Ctrl-C stops everything'), 30_000);
  expect(said).toMatch(
    /OFFICE +ROLE +PAGE +FOLDER\nbrazil +child of germany +http:\/\/127\.0\.0\.1:\d+\/ +\S*\/sites\/brazil\/folders\/projects\ngermany +hub /,
  );
  const all = await network.pids();
  run.kill('SIGINT');
  expect((await run).exitCode).toBe(0);
  expect(all.filter(isAlive)).toEqual([]);
});

test('a directory with foreign files is not used as data folder', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sitesync-foreign-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'data'));
  writeFileSync(join(root, 'data', 'thesis.odt'), 'mine');
  writeFileSync(join(root, 'two.yaml'), two);
  const run = await execa('bin/sitesync', ['up', join(root, 'two.yaml'), '--detach', '--data', join(root, 'data')], {
    reject: false,
    stdin: 'ignore',
  });
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toMatch(/contains files that do not belong to SiteSync/);
});
