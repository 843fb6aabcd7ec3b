import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sshCommand } from '../../../src/agent/link/ssh.ts';
import { authorizedPrincipals, knowsPenalties, sshdCommand, sshdConfig } from '../../../src/agent/link/sshd.ts';
import { rsyncdCommand, rsyncdConfig } from '../../../src/agent/transfer/rsyncd.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import { issueSite } from '../../../src/pki/keys.ts';
import { minimalPlan } from '../../support/database.ts';
import { freePort } from '../../support/net.ts';
import { until } from '../../support/until.ts';
import { hear } from './network.ts';

/**
 * A Secret volume has files of root that the pod's group can read (0440). These are the real programs as another user in
 * that group: do they accept that?
 */
const asRoot = process.getuid?.() === 0;
const notRoot = asRoot ? '' : ' (only root can give a file to another user)';
const USER = 'games';
const temp = mkdtempSync(join(tmpdir(), 'sitesync-mounted-'));
const dir = siteDir(join(temp, 'site'));
const processes: ReturnType<typeof spawn>[] = [];
const asUser = (command: string[]) => ['setpriv', '--reuid', USER, '--regid', USER, '--clear-groups', '--', ...command];

function start(command: string[]) {
  const [program = '', ...args] = asUser(command);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
  processes.push(child);
  return { child, said: () => said };
}

/** As the kubelet creates a Secret volume with defaultMode 0440 and the fsGroup of the pod. */
function mount(path: string, gid: number): void {
  for (const name of readdirSync(path)) {
    chmodSync(join(path, name), 0o440);
    chownSync(join(path, name), 0, gid);
  }
  chmodSync(path, 0o3777);
  chownSync(path, 0, gid);
}

const id = (flag: string) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));

beforeAll(() => {
  if (!asRoot) return;
  for (const path of [dir.config, dir.keys, dir.run, dir.folder('projects')]) mkdirSync(path, { recursive: true });
  chmodSync(temp, 0o755);
  chmodSync(dir.run, 0o777);
});
afterAll(async () => {
  for (const child of processes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  rmSync(temp, { recursive: true, force: true });
});

test.skipIf(!asRoot)(`ssh and sshd use keys that root owns and the group may read${notRoot}`, async () => {
  const plan = await minimalPlan('germany', ['germany'], ['germany']);
  const listen = { host: '127.0.0.1', port: await freePort() };
  const local = [{ listen: await freePort(), to: plan.ports.mysql }];
  const remote = [{ listen: await freePort(), to: plan.ports.rsync }];
  const link = { peer: 'germany', kind: 'trunk' as const, priority: 0, peerMysql: 0, peerRsync: 0, compress: false };
  const accepting = { ...link, dials: false, forwards: { local, remote } };
  const hub = { ...plan, listen, links: [accepting] };
  await issueSite(join(temp, 'ca'), hub, dir.keys);
  mount(dir.keys, id('-g'));
  writeFileSync(dir.sshd.config, sshdConfig(hub, dir, { user: USER, root: false }));
  writeFileSync(dir.sshd.principals, authorizedPrincipals(hub));
  const sshd = start(sshdCommand(dir, await knowsPenalties()));
  await until(() => sshd.said().includes('Server listening') || sshd.child.exitCode !== null, 5000, 'sshd');
  const ssh = start(sshCommand({ ...accepting, dials: true, address: listen }, dir.keys));
  await until(() => /remote forward success|exit|denied/i.test(ssh.said()), 10_000, 'ssh');
  expect(ssh.said(), sshd.said()).toMatch(/Authenticated to /);
  expect(ssh.said()).toMatch(/remote forward success/);
});

test.skipIf(!asRoot)(`rsyncd uses a password file that root owns and the group may read${notRoot}`, async () => {
  const plan = await minimalPlan('germany', ['germany'], ['germany']);
  const folder = {
    name: 'projects',
    mode: 'readWrite' as const,
    versions: { keep: 1, maxAgeSeconds: 1, maxBytes: 1 },
    freshnessSeconds: 1,
    ignore: [],
    members: [],
  };
  const link = { peer: 'brazil', kind: 'downlink' as const, dials: false, priority: 0, peerMysql: 0, peerRsync: 0 };
  const links = [{ ...link, compress: false, forwards: { local: [], remote: [] } }];
  writeFileSync(join(dir.folder('projects'), 'plan.txt'), 'a bridge', { mode: 0o644 });
  writeFileSync(dir.rsync.config, rsyncdConfig({ ...plan, folders: [folder], links }, dir, false));
  writeFileSync(dir.rsync.secrets, 'brazil.1:a password\n');
  mount(dir.keys, id('-g'));
  start(rsyncdCommand(dir));
  await until(() => hear(plan.ports.rsync, '@RSYNCD: EXIT\n'), 5000, 'rsyncd');
  const fetched = spawnSync('rsync', [`rsync://brazil.1@127.0.0.1:${plan.ports.rsync}/projects/plan.txt`, temp], {
    env: { ...process.env, RSYNC_PASSWORD: 'a password' },
    encoding: 'utf8',
  });
  expect(fetched.status, fetched.stderr).toBe(0);
});
