import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sshCommand } from '../../src/agent/link/ssh.ts';
import { readPlan } from '../../src/agent/site/site-files.ts';
import { type RsyncPull, runRsync } from '../../src/agent/transfer/rsync.ts';
import { readIfThere } from '../../src/base/files.ts';
import { keysMark } from '../../src/base/keys-mark.ts';
import { rsyncUser } from '../../src/base/login-name.ts';
import type { SiteDir, SiteSecrets } from '../../src/base/site-dir.ts';
import { parseBundle } from '../../src/bundle/file.ts';
import { seal } from '../../src/bundle/seal.ts';
import { type JoinedSupervisor, startJoined } from '../../src/local/joined/supervisor.ts';
import { readIdentity } from '../../src/pki/keys.ts';
import { planHash } from '../../src/topology/plan-hash.ts';
import { machine, startHubs } from '../support/external.ts';
import { freePort } from '../support/net.ts';
import { until } from '../support/until.ts';

const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name, namespace: 'acme' }, spec });
const yaml = (port: number, ...folders: string[]) =>
  [
    object('Site', 'office', {}),
    object('Hub', 'office', { address: `127.0.0.1:${port}`, listen: `127.0.0.1:${port}` }),
    object('Site', 'laptop', { hubs: [{ name: 'office' }], placement: { external: true } }),
    ...['papers', ...folders].map((name) => object('SyncFolder', name, { selector: {} })),
  ].join('\n---\n');

let hubs: Awaited<ReturnType<typeof startHubs>>;
let laptop: ReturnType<typeof machine>;
beforeAll(async () => {
  hubs = await startHubs(yaml);
  laptop = machine(hubs.temp, 'laptop');
}, 90_000);
afterAll(async () => {
  await joined?.stop();
  await laptop?.down();
  await hubs?.stop();
}, 60_000);

const office = (path: string) => join(hubs.root('office', 'papers'), path);
const mine = (path: string) => join(laptop.data.site('laptop').folder('papers'), path);
const crosses = (from: string, to: string, text: string) => {
  writeFileSync(from, text);
  return until(() => existsSync(to) && readFileSync(to, 'utf8') === text, 40_000, `${from} to be at ${to}`);
};

test('a machine joins: busy ports are replaced, present files are adopted, files are synced both ways', async () => {
  const content = 'the same on both\n'.repeat(10_000);
  writeFileSync(office('same.txt'), content);
  mkdirSync(laptop.data.site('laptop').folder('papers'), { recursive: true });
  writeFileSync(mine('same.txt'), content);
  utimesSync(mine('same.txt'), statSync(office('same.txt')).atime, statSync(office('same.txt')).mtime);
  const { ino } = statSync(mine('same.txt'));
  const planned = await hubs.planOf('laptop');
  const squatter = createServer().listen(planned.ports.api, '127.0.0.1');
  try {
    await laptop.join(hubs.bundle('laptop'));
  } finally {
    squatter.close();
  }
  const plan = readPlan(laptop.data.site('laptop'));
  expect(plan.ports.api).not.toBe(planned.ports.api);
  expect(plan.ports.mysql).toBe(planned.ports.mysql);
  await crosses(office('from-office.txt'), mine('from-office.txt'), 'hello');
  await crosses(mine('from-laptop.txt'), office('from-laptop.txt'), 'hello back');
  expect(statSync(mine('same.txt')).ino).toBe(ino);
  const { stdout } = await laptop.cli('log', 'papers:same.txt', '--json');
  const isUp = async () => /laptop +child +office +yes/.test((await laptop.cli('status')).stdout);
  await until(isUp, 20_000, 'the status to say that it is connected');
  expect((JSON.parse(stdout) as { versions: unknown[] }).versions).toHaveLength(1);
}, 120_000);

/** From here on in this process, so that it polls its hub more often. */
let joined: JoinedSupervisor;
/** What it has logged. */
const said: string[] = [];
test('continues where it was, without the file', async () => {
  await laptop.down();
  const write = (line: string) => {
    said.push(line);
    if (process.env.SITESYNC_TEST_LOG) process.stdout.write(line);
  };
  joined = await startJoined(laptop.data, pino({ level: 'info' }, { write }), 300);
  await joined.join();
  expect(await joined.up()).toBeUndefined();
  await crosses(office('again.txt'), mine('again.txt'), 'after a pause');
}, 60_000);

test('picks up a new folder and another rate; the site then uses the plan and the keys that the operator made', async () => {
  await hubs.update({ yaml: yaml(hubs.sshPort, 'plans') });
  const dir = laptop.data.site('laptop');
  await until(() => existsSync(dir.folder('plans')), 30_000, 'the new folder');
  const there = join(hubs.root('office', 'plans'), 'house.txt');
  await crosses(there, join(dir.folder('plans'), 'house.txt'), 'four walls');
  expect(planHash(readPlan(dir))).toBe(planHash(await hubs.planOf('laptop')));
  expect(markOf(dir)).toBe(hubs.mark('laptop'));
}, 60_000);

test('its passwords are rotated in three phases without delaying any file', async () => {
  const dir = laptop.data.site('laptop');
  const before = readFileSync(dir.secrets, 'utf8');
  const startedAt = Date.now();
  for (const phase of ['announced', 'inUse', 'steady'] as const) {
    await hubs.update({ rotation: { phase, since: startedAt, ...(phase !== 'steady' && { startedAt }) } });
    await until(() => markOf(dir) === hubs.mark('laptop'), 30_000, `the passwords of the phase ${phase}`);
    await crosses(office(`${phase}.txt`), mine(`${phase}.txt`), phase);
  }
  expect(readFileSync(dir.secrets, 'utf8')).not.toBe(before);
}, 120_000);

test('its certificate is renewed in time, and the established link continues', async () => {
  const dir = laptop.data.site('laptop');
  const validUntil = () => readIdentity(dir.keys).validUntil;
  const before = validUntil();
  hubs.ahead(61 * 86_400_000);
  await hubs.update();
  hubs.ahead(0);
  await until(() => validUntil() > before, 30_000, 'the next certificate');
  await crosses(office('renewed.txt'), mine('renewed.txt'), 'with the next certificate');
}, 60_000);

test('a bundle that a hub forges or takes from another site is rejected', async () => {
  const file = join(hubs.data.site('office').bundles.files, 'laptop');
  const good = readFileSync(file, 'utf8');
  const { issue } = parseBundle(readFileSync(laptop.data.bundle, 'utf8'), '');
  const before = said.length;
  writeFileSync(
    file,
    seal({ ...parseBundle(hubs.bundle('laptop'), ''), issue: issue + 1, renewal: randomBytes(32).toString('base64') }),
  );
  await until(() => said.slice(before).some((line) => line.includes('may not receive updates')), 20_000, 'the refusal');
  expect(parseBundle(readFileSync(laptop.data.bundle, 'utf8'), '').issue).toBe(issue);
  writeFileSync(file, good);
  await crosses(office('unharmed.txt'), mine('unharmed.txt'), 'still here');
}, 60_000);

test('a site gets its own bundle from a hub, and nobody else gets it', async () => {
  const { files } = hubs.data.site('office').bundles;
  writeFileSync(join(files, 'tablet'), 'sealed for another one');
  const { outbound } = JSON.parse(readFileSync(laptop.data.site('laptop').secrets, 'utf8')) as SiteSecrets;
  const { rsyncPassword: password } = outbound.office!;
  const into = join(hubs.temp, 'pulled');
  mkdirSync(into);
  const pull = (over: Partial<RsyncPull>) =>
    runRsync({
      port: readPlan(hubs.data.site('office')).ports.rsync,
      user: rsyncUser('laptop', password),
      password,
      module: 'bundle.laptop',
      paths: ['laptop'],
      into,
      signal: new AbortController().signal,
      ...over,
    });
  expect(await pull({})).toEqual({ ok: true });
  expect(readFileSync(join(into, 'laptop'), 'utf8')).toBe(hubs.sealed('laptop'));
  expect(await pull({ paths: ['tablet'] })).toMatchObject({ ok: false });
  expect(await pull({ paths: [''] })).toMatchObject({ ok: true });
  expect(existsSync(join(into, 'tablet'))).toBe(false);
  expect(await pull({ password: 'guessed' })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/auth/) as string,
  });
});

test('a second machine with the same bundle is rejected, and does no harm', async () => {
  const second = machine(hubs.temp, 'second');
  await expect(second.join(hubs.bundle('laptop'))).rejects.toThrow(
    /another machine is already the site "laptop".*--revoke laptop -n acme/s,
  );
  await crosses(office('undisturbed.txt'), mine('undisturbed.txt'), 'as before');
  await crosses(mine('undisturbed too.txt'), office('undisturbed too.txt'), 'as before');
}, 90_000);

test('once revoked, it is disconnected and its keys are useless; with a new bundle it returns', async () => {
  const dir = laptop.data.site('laptop');
  const old = join(hubs.temp, 'stolen');
  cpSync(dir.keys, old, { recursive: true });
  // A thief who requests no port of the hub, so that nothing shows whose connection it is.
  const [link] = readPlan(dir).links;
  const [port, ...rest] = await Promise.all([freePort(), freePort()]);
  const forwards = { local: [{ listen: port, to: link!.forwards.local[0]!.to }], remote: [] };
  const thief = () => execa('timeout', ['60', ...sshCommand({ ...link!, forwards }, old)], { reject: false });
  const before = thief();
  await until(() => canConnect(port), 20_000, 'the stolen keys to work before');
  hubs.forget('laptop');
  await hubs.update();
  const ended = await before;
  expect(ended.exitCode).not.toBe(0);
  expect(await canConnect(port)).toBe(false);
  expect((await thief()).stderr).toMatch(/Permission denied/);
  expect(rest).toHaveLength(1);
  await until(() => /was revoked/.test(readFileSync(dir.linkState, 'utf8')), 30_000, 'the machine to say it');
  await expect(joined.join(laptopFile(hubs.bundle('laptop')))).resolves.toBeUndefined();
  expect(await joined.up()).toBeUndefined();
  await crosses(mine('back.txt'), office('back.txt'), 'with new keys');
  await crosses(office('back too.txt'), mine('back too.txt'), 'with new keys');
}, 120_000);

test('another machine takes over the site with a new bundle; the previous one is shut out', async () => {
  hubs.forget('laptop');
  await hubs.update();
  const second = machine(hubs.temp, 'second');
  await second.join(hubs.bundle('laptop'));
  const theirs = (path: string) => join(second.data.site('laptop').folder('papers'), path);
  await until(() => existsSync(theirs('back.txt')), 60_000, 'what the site had');
  await crosses(theirs('from-second.txt'), office('from-second.txt'), 'I am the laptop now');
  expect(readFileSync(laptop.data.site('laptop').linkState, 'utf8')).toMatch(/was revoked/);
  await second.down();
}, 120_000);

test('two machines that became the site at once both notice it through their hub, stop, and say so', async () => {
  hubs.forget('laptop');
  await hubs.update();
  await joined.join(laptopFile(hubs.bundle('laptop')));
  expect(await joined.up()).toBeUndefined();
  const dir = laptop.data.site('laptop');
  const [key] = readFileSync(dir.instance, 'utf8').split('.');
  // What its hub would hear from the other one.
  writeFileSync(dir.instance, `${key}.fedcba9876543210\n`);
  await until(
    () => /another machine is already the site/.test(readFileSync(dir.linkState, 'utf8')),
    40_000,
    'it to notice',
  );
  await expect(joined.up()).rejects.toThrow(/another machine is already the site "laptop"/);
  expect((await laptop.cli('status')).stdout).toMatch(/another machine is already the site "laptop".*--revoke/);
}, 90_000);

const laptopFile = (text: string) => {
  const file = join(hubs.temp, 'next.bundle');
  writeFileSync(file, text);
  return file;
};
const markOf = (dir: SiteDir) => keysMark((name) => readIfThere(join(dir.keys, name)));
const canConnect = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    for (const event of ['error', 'close']) socket.once(event, () => resolve(false));
    setTimeout(() => socket.destroy(), 2000).unref();
  });
