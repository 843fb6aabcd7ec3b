import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replicationUser } from '../../src/base/login-name.ts';
import type { SiteSecrets } from '../../src/base/site-dir.ts';
import { openPeerDatabase } from '../../src/database/connect.ts';
import { dataDir } from '../../src/local/data-dir.ts';
import type { ProcessKind } from '../../src/local/process.ts';
import { provisionSite } from '../../src/local/provision.ts';
import { runSite } from '../../src/local/site-runner.ts';
import { advanceAuthority, ensureCa, trustedAuthorities } from '../../src/pki/authority.ts';
import type { Phase, Rotation } from '../../src/topology/rotation.ts';
import { completeSecrets } from '../../src/topology/secrets.ts';
import type { FolderPlan, LinkPlan, SitePlan } from '../../src/topology/site-plan.ts';
import { minimalPlan } from '../support/database.ts';
import { freePort } from '../support/net.ts';
import { until } from '../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync runner '));
const data = dataDir(temp);
const log = pino({ level: process.env.SITESYNC_TEST_LOG ? 'info' : 'silent' });
const runners = { germany: runSite(log), brazil: runSite(log) };
let plans: { germany: SitePlan; brazil: SitePlan };

const folder: FolderPlan = {
  name: 'projects',
  mode: 'readWrite',
  versions: { keep: 5, maxAgeSeconds: 3600, maxBytes: 1e9 },
  freshnessSeconds: 60,
  ignore: [],
  members: ['brazil', 'germany'],
};

async function makePlans() {
  const germany = await minimalPlan('germany', ['brazil', 'germany'], ['germany']);
  const brazil = await minimalPlan('brazil', ['brazil', 'germany'], ['germany']);
  const ssh = await freePort();
  const [toMysql, toRsync, fromMysql, fromRsync] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const forwards = {
    local: [
      { listen: toMysql, to: germany.ports.mysql },
      { listen: toRsync, to: germany.ports.rsync },
    ],
    remote: [
      { listen: fromMysql, to: brazil.ports.mysql },
      { listen: fromRsync, to: brazil.ports.rsync },
    ],
  };
  const common = { priority: 0, compress: false, forwards };
  const up: LinkPlan = {
    ...common,
    peer: 'germany',
    kind: 'uplink',
    dials: true,
    address: { host: '127.0.0.1', port: ssh },
    peerMysql: toMysql,
    peerRsync: toRsync,
  };
  const down: LinkPlan = {
    ...common,
    peer: 'brazil',
    kind: 'downlink',
    dials: false,
    peerMysql: fromMysql,
    peerRsync: fromRsync,
  };
  const sites = germany.sites.map((site) => (site.name === 'brazil' ? { ...site, hub: 'germany' } : site));
  return {
    germany: { ...germany, sites, ports: { ...germany.ports, ssh }, links: [down], folders: [folder] },
    brazil: { ...brazil, sites, links: [up], folders: [folder] },
  };
}

let secrets = new Map<string, SiteSecrets>();

async function update(rotation?: Rotation): Promise<void> {
  secrets = completeSecrets(Object.values(plans), secrets, rotation && { rotation });
  for (const name of ['germany', 'brazil'] as const) {
    await runners[name].update(await provisionSite(data, plans[name], secrets.get(name)!));
  }
}

beforeAll(async () => {
  plans = await makePlans();
  await ensureCa(data.ca);
  await update();
  await Promise.all(Object.values(runners).map((runner) => runner.ready(60_000)));
});

afterAll(async () => {
  const pids = Object.values(runners).flatMap((runner) => runner.processes().map(({ pid }) => pid!));
  await Promise.all(Object.values(runners).map((runner) => runner.stop()));
  await until(() => !pids.some(isAlive), 5000, 'the end of all processes');
  rmSync(temp, { recursive: true });
});

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
const pidOf = (name: 'germany' | 'brazil', kind: ProcessKind) =>
  runners[name].processes().find((p) => p.kind === kind)?.pid;
const inFolder = (name: string, file: string) => join(data.site(name).folder('projects'), file);
const arrives = (name: string, file: string, text: string) =>
  until(
    () => existsSync(inFolder(name, file)) && readFileSync(inFolder(name, file), 'utf8') === text,
    30_000,
    `${file} at ${name}`,
  );

test('a file put into one folder appears in the other, both ways', async () => {
  writeFileSync(inFolder('brazil', 'bridge.dwg'), 'lines');
  await arrives('germany', 'bridge.dwg', 'lines');
  writeFileSync(inFolder('germany', 'large.bin'), 'x'.repeat(300_000));
  await arrives('brazil', 'large.bin', 'x'.repeat(300_000));
});

test.each(['database', 'rsyncd', 'sshd', 'agent'] as const)('recovers from a killed %s', async (kind) => {
  const before = pidOf('germany', kind)!;
  process.kill(before, 'SIGKILL');
  await until(() => pidOf('germany', kind) !== before);
  await runners.germany.ready(20_000);
  writeFileSync(inFolder('brazil', `after-${kind}`), kind.repeat(10_000));
  await arrives('germany', `after-${kind}`, kind.repeat(10_000));
});

const PHASES: Phase[] = ['announced', 'inUse', 'steady'];

/** Small ones travel as database rows, large ones by rsync. */
async function bothWays(name: string): Promise<void> {
  for (const [from, to] of [
    ['brazil', 'germany'],
    ['germany', 'brazil'],
  ] as const)
    for (const [kind, size] of Object.entries({ small: 10, large: 300_000 })) {
      const [file, text] = [`${name}-${kind}-from-${from}`, name.padEnd(size, '.')];
      writeFileSync(inFolder(from, file), text);
      await arrives(to, file, text);
    }
}

test('passwords are rotated while files are synced; the previous ones are then useless', async () => {
  const before = structuredClone(secrets);
  const startedAt = Date.now();
  for (const phase of PHASES) {
    await update({ phase, since: startedAt, startedAt });
    await Promise.all(Object.values(runners).map((runner) => runner.ready(30_000)));
    await bothWays(`passwords-${phase}`);
  }
  const [old, now] = [before, secrets].map((one) => one.get('brazil')!.outbound.germany!.mysqlPassword);
  expect(now).not.toBe(old);
  expect(secrets.get('brazil')!.agentPassword).not.toBe(before.get('brazil')!.agentPassword);
  expect(secrets.get('germany')!.alsoInbound).toBeUndefined();
  await expect(login(now!)).resolves.toBeDefined();
  await expect(login(old!)).rejects.toThrow(/Access denied/);
});

async function login(password: string): Promise<unknown> {
  const pool = openPeerDatabase(plans.germany.ports.mysql, replicationUser('brazil', password), password);
  try {
    return await pool.query('SELECT 1');
  } finally {
    await pool.end();
  }
}

test('the certificate authority is replaced while files are synced, over established links and new ones', async () => {
  const old = trustedAuthorities(data.ca);
  for (const phase of PHASES) {
    await advanceAuthority(data.ca, phase);
    await update();
    await bothWays(`authority-${phase}`);
    const sshd = pidOf('germany', 'sshd')!;
    process.kill(sshd, 'SIGKILL'); // brazil has to dial again
    await until(() => pidOf('germany', 'sshd') !== sshd);
    await bothWays(`authority-${phase}-again`);
  }
  expect(trustedAuthorities(data.ca)).not.toContain(old.trim());
});
