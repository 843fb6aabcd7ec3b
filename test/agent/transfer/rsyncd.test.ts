import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRsync } from '../../../src/agent/transfer/rsync.ts';
import { rsyncdCommand, rsyncdConfig, rsyncdSecrets } from '../../../src/agent/transfer/rsyncd.ts';
import { rsyncUser } from '../../../src/base/login-name.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import type { SitePlan } from '../../../src/topology/site-plan.ts';
import { minimalPlan, testSecrets } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-rsyncd-'));
const dir = siteDir(join(temp, 'site'));
const secrets = testSecrets(['germany']);
const USER = rsyncUser('germany', 'rsync-of-germany');
let plan: SitePlan;
let daemon: ChildProcess;

beforeAll(async () => {
  plan = await minimalPlan('brazil', ['brazil', 'germany'], ['germany']);
  const folder = {
    name: 'projects',
    mode: 'readWrite' as const,
    versions: { keep: 1, maxAgeSeconds: 1, maxBytes: 1 },
    freshnessSeconds: 1,
    ignore: [],
    members: [],
  };
  const link = {
    peer: 'germany',
    kind: 'uplink' as const,
    dials: true,
    priority: 0,
    peerMysql: 1,
    peerRsync: 1,
    forwards: { local: [], remote: [] },
    compress: false,
  };
  plan = { ...plan, folders: [folder], links: [link] };
  mkdirSync(dir.folder('projects'), { recursive: true });
  for (const path of [dir.config, dir.keys, dir.run]) mkdirSync(path);
  writeFileSync(join(dir.folder('projects'), 'plan.txt'), 'a bridge');
  symlinkSync('/etc', join(dir.folder('projects'), 'way-out'));
  writeFileSync(dir.rsync.config, rsyncdConfig(plan, dir, process.getuid?.() === 0));
  writeFileSync(dir.rsync.secrets, rsyncdSecrets(secrets), { mode: 0o600 });
  const [program, ...args] = rsyncdCommand(dir);
  daemon = spawn(program!, args, { stdio: 'ignore' });
  await until(() => greeting(plan.ports.rsync).then((text) => text.startsWith('@RSYNCD:')), 5000, 'the daemon');
});

afterAll(async () => {
  daemon.kill();
  await once(daemon, 'exit');
  rmSync(temp, { recursive: true, force: true });
});

function greeting(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

function pull(
  paths: string[],
  password = 'rsync-of-germany',
  user = USER,
  more: { resume?: boolean; into?: string } = {},
) {
  const into = mkdtempSync(join(temp, 'into-'));
  const options = {
    port: plan.ports.rsync,
    user,
    password,
    module: 'projects',
    paths,
    into,
    signal: AbortSignal.timeout(10_000),
    ...more,
  };
  return runRsync(options).then((result) => ({ ...result, into: options.into }));
}

test('a neighbour pulls a file with its own password', async () => {
  const { ok, into } = await pull(['plan.txt']);
  expect(ok).toBe(true);
  expect(readFileSync(join(into, 'plan.txt'), 'utf8')).toBe('a bridge');
});

test('an interrupted transfer resumes where it stopped', async () => {
  const content = randomBytes(3_000_000);
  writeFileSync(join(dir.folder('projects'), 'large.bin'), content);
  const into = mkdtempSync(join(temp, 'into-'));
  const begun = Buffer.concat([Buffer.alloc(1_000_000, 'x'), content.subarray(1_000_000, 2_000_000)]);
  writeFileSync(join(into, 'large.bin'), begun);
  expect((await pull(['large.bin'], undefined, undefined, { resume: true, into })).ok).toBe(true);
  const resumed = readFileSync(join(into, 'large.bin'));
  // Existing content was not sent again: only the hash can reveal that it is wrong.
  expect(resumed.subarray(0, 2_000_000).equals(begun)).toBe(true);
  expect(resumed.subarray(2_000_000).equals(content.subarray(2_000_000))).toBe(true);
  expect((await pull(['large.bin'], undefined, undefined, { into })).ok).toBe(true);
  expect(readFileSync(join(into, 'large.bin')).equals(content)).toBe(true);
});

test('a wrong password or an unknown user gets nothing', async () => {
  expect((await pull(['plan.txt'], 'guess')).ok).toBe(false);
  expect((await pull(['plan.txt'], 'rsync-of-germany', rsyncUser('spain', 'rsync-of-germany'))).ok).toBe(false);
});

test('a symbolic link in the tree leads nowhere', async () => {
  const { into } = await pull(['way-out/passwd']);
  expect(existsSync(join(into, 'way-out/passwd'))).toBe(false);
});

test('the daemon is read-only, and does not list the folders', () => {
  const url = `rsync://${USER}@127.0.0.1:${plan.ports.rsync}/`;
  const env = { ...process.env, RSYNC_PASSWORD: 'rsync-of-germany' };
  expect(() => execFileSync('rsync', ['/etc/hostname', `${url}projects/`], { env, stdio: 'pipe' })).toThrow(
    /read only/,
  );
  expect(execFileSync('rsync', [url], { env }).toString()).toBe('');
});

test('a neighbour cannot make the daemon follow links or checksum every byte', () => {
  const env = { ...process.env, RSYNC_PASSWORD: 'rsync-of-germany' };
  for (const option of ['--copy-links', '--copy-unsafe-links', '--checksum']) {
    const run = () =>
      execFileSync('rsync', ['-r', option, `rsync://${USER}@127.0.0.1:${plan.ports.rsync}/projects/`, temp], {
        env,
        stdio: 'pipe',
      });
    expect(run).toThrow(/refuse/);
  }
});

test('a path that rsyncd.conf cannot hold is rejected', () => {
  const folders = plan.folders.map((folder) => ({ ...folder, path: '/srv/100%\nuid = 0' }));
  expect(() => rsyncdConfig({ ...plan, folders }, dir, process.getuid?.() === 0)).toThrow(/line break/);
});
