import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import pino from 'pino';
import { writeSshd } from '../../src/agent/link/sshd.ts';
import { loadResources } from '../../src/api/load.ts';
import { writeIfChanged } from '../../src/base/files.ts';
import { dataDir } from '../../src/local/data-dir.ts';
import { isFree } from '../../src/local/listens.ts';
import { writeSite } from '../../src/local/provision.ts';
import { runSite, type SiteRunner } from '../../src/local/site-runner.ts';
import type { Files } from '../../src/operator/keys/scratch.ts';
import { authoritiesOf } from '../../src/operator/network/authorities.ts';
import { bundlesOfNeighbours, createBundleStore, type ExternalBundle } from '../../src/operator/network/bundles.ts';
import { createCredentialsCache } from '../../src/operator/network/site-credentials.ts';
import { BUNDLE } from '../../src/operator/objects/external.ts';
import { plan } from '../../src/topology/plan.ts';
import type { Rotation } from '../../src/topology/rotation.ts';
import { secretsText } from '../../src/topology/secrets.ts';
import { ENGINE } from './database.ts';

const STEADY: Rotation = { phase: 'steady', since: 0 };

/**
 * The hubs of a network as the operator makes them, run as processes of this machine: plans, keys, passwords and bundles come from the
 * operator's own functions. `update` is what a reconciliation does, and what kubelet brings.
 */
export async function startHubs(yaml: (port: number) => string) {
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-external-'));
  const data = dataDir(join(temp, 'hubs'));
  const used = new Set<number>();
  const ownPort = async () => {
    for (;;) {
      const port = randomInt(10_240, 32_768);
      if (used.has(port) || !(await isFree(port))) continue;
      used.add(port);
      return port;
    }
  };
  const sshPort = await ownPort();
  let text = yaml(sshPort);
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const file = join(temp, 'network.yaml');
  const ports: Record<string, number> = {};
  const secrets = new Map<string, Files>();
  const cache = createCredentialsCache(now, 90);
  const bundles = createBundleStore(Date.now);
  const runners = new Map<string, SiteRunner>();
  let authority: Files = {};
  const marks = new Map<string, string>();
  let externals = new Map<string, ExternalBundle>();
  const log = pino({ level: process.env.SITESYNC_TEST_LOG ? 'info' : 'silent' });

  async function planned() {
    writeFileSync(file, text);
    const resources = loadResources([file]);
    for (const name of Object.keys(plan(resources, { pods: true, engine: ENGINE }).ports))
      ports[name] ??= await ownPort();
    const result = plan(resources, { pods: true, engine: ENGINE, ports });
    if (result.problems.length > 0) throw new Error(JSON.stringify(result.problems));
    // On this machine nobody else asks, and sshd runs as who runs the tests.
    return result.sites.map(({ expose: _expose, ...one }) => ({
      ...one,
      links: one.links.map(({ user: _user, ...link }) => link),
    }));
  }

  async function update(change: { yaml?: string; rotation?: Rotation } = {}): Promise<void> {
    if (change.yaml !== undefined) text = change.yaml;
    const plans = await planned();
    const given = { ssh: undefined, tls: undefined };
    const wish = { network: 'acme', secrets: given, phase: 'steady' as const, days: 1825, now: now() };
    const authorities = await authoritiesOf({
      ...wish,
      secrets: { ssh: secretOf('sitesync-authority', authority), tls: undefined },
    });
    authority = authorities.ssh;
    const rotation = change.rotation ?? STEADY;
    const input = { authorities, rotation, present: secrets, uids: new Map(), supplied: new Map() };
    const credentials = await cache.complete(plans, input);
    externals = bundles.of(plans, credentials, secrets);
    for (const one of plans) {
      const { keys, secrets: own, mark } = credentials.get(one.site)!;
      marks.set(one.site, mark);
      const bundle = externals.get(one.site)?.text;
      secrets.set(one.site, { ...keys, 'secrets.json': secretsText(own), ...(bundle && { [BUNDLE]: bundle }) });
      if (one.role !== 'hub') continue;
      const { bundles: sealed, principals } = bundlesOfNeighbours(one, externals);
      const provisioned = writeSite(data, one, own);
      const { dir } = provisioned;
      for (const [name, content] of Object.entries(keys)) writeIfChanged(join(dir.keys, name), content);
      writeSshd(one, dir, principals);
      mountFiles(dir.bundles.mount, sealed);
      const runner = runners.get(one.site) ?? runSite(log.child({ site: one.site }));
      runners.set(one.site, runner);
      await runner.update(provisioned);
      await runner.ready(60_000);
    }
  }

  await update();
  return {
    temp,
    sshPort,
    data,
    update,
    /** How far the clock by which certificates are renewed is ahead. */
    ahead: (ms: number) => {
      ahead = ms;
    },
    bundle: (site: string) => externals.get(site)!.text,
    /** Of the keys and passwords that the operator made for the site. */
    mark: (site: string) => marks.get(site)!,
    sealed: (site: string) => externals.get(site)!.sealed,
    /** What the operator keeps of a site is deleted: its keys are new with the next update. */
    forget: (site: string) => secrets.delete(site),
    planOf: async (site: string) => (await planned()).find((one) => one.site === site)!,
    root: (site: string, folder: string) => data.site(site).folder(folder),
    async stop() {
      await Promise.all([...runners.values()].map((runner) => runner.stop()));
      rmSync(temp, { recursive: true, force: true });
    },
  };
}

/** A machine that joins, as a person does it. */
export function machine(temp: string, name: string) {
  const data = dataDir(join(temp, name));
  const cli = (...args: string[]) =>
    execa('bin/sitesync', [...args, '--data', data.root], { stdin: 'ignore', timeout: 120_000 });
  let count = 0;
  return {
    data,
    cli,
    async join(bundle: string, ...more: string[]) {
      const file = join(temp, `${name}-${count++}.bundle`);
      writeFileSync(file, bundle, { mode: 0o600 });
      return cli('join', file, '--detach', ...more);
    },
    write(path: string, content: string) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    },
    log: () => readFileSync(data.log, 'utf8'),
    down: () => cli('down'),
  };
}

/** As kubelet does it: files in a folder of their own, and a symlink that is replaced as a whole. */
function mountFiles(mount: string, files: Files): void {
  mkdirSync(mount, { recursive: true });
  const state = `..${randomInt(2 ** 40)}`;
  mkdirSync(join(mount, state));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(mount, state, name), content, { mode: 0o440 });
  symlinkSync(state, join(mount, '..next'));
  renameSync(join(mount, '..next'), join(mount, '..data'));
}

function secretOf(name: string, files: Files) {
  if (Object.keys(files).length === 0) return undefined;
  const data = Object.fromEntries(
    Object.entries(files).map(([key, content]) => [key, Buffer.from(content).toString('base64')]),
  );
  const labels = { 'app.kubernetes.io/managed-by': 'sitesync' };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'acme', labels }, data };
}
