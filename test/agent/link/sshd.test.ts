import { execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sshCommand } from '../../../src/agent/link/ssh.ts';
import { authorizedPrincipals, sshdCommand, sshdConfig, writeSshd } from '../../../src/agent/link/sshd.ts';
import { issueSite, sshFiles } from '../../../src/pki/keys.ts';
import type { LinkPlan } from '../../../src/topology/site-plan.ts';
import { freePort } from '../../support/net.ts';
import { until } from '../../support/until.ts';
import { addLink, hear, peerPorts, type Site, testNetwork } from './network.ts';

let network: Awaited<ReturnType<typeof testNetwork>>;
let [germany, australia, brazil, spain] = [] as unknown as [Site, Site, Site, Site];
let link: LinkPlan;
let spainLink: LinkPlan;
let secret: number;
let sshd: Awaited<ReturnType<typeof network.startSshd>>;

beforeAll(async () => {
  network = await testNetwork();
  germany = await network.site('germany', 'hub');
  australia = await network.site('australia', 'hub');
  brazil = await network.site('brazil', 'child');
  spain = await network.site('spain', 'child');
  link = await addLink(brazil, germany, await peerPorts());
  spainLink = await addLink(spain, germany, await peerPorts());
  secret = await network.greeter('what nobody may reach');
  sshd = await network.startSshd(germany);
  await network.startSshd(australia);
});
afterAll(() => network.close());

/** Runs ssh until `check` has passed or ssh has exited; returns its output and exit code. */
async function run(argv: string[], check: () => Promise<unknown> = () => new Promise(() => undefined)) {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const ssh = spawn(argv[0] ?? '', argv.slice(1), { stdio });
  let said = '';
  ssh.stdout?.on('data', (bytes) => (said += `stdout:${bytes}`));
  ssh.stderr?.on('data', (bytes) => (said += bytes));
  const exit = once(ssh, 'close').then(([code]) => code as number | null);
  const result = await Promise.race([exit, check().catch((error: unknown) => error)]);
  if (result instanceof Error) said += `\n${result.message}`;
  ssh.kill('SIGKILL');
  return { said, code: await exit };
}

const withForwards = (l: LinkPlan, local: LinkPlan['forwards']['local'], remote: LinkPlan['forwards']['remote']) =>
  sshCommand({ ...l, forwards: { local, remote } }, brazil.dir.keys);
/** Brazil's ssh with additional arguments before the host; `-N` stays unless a command is given. */
const withOptions = (extra: string[], command?: string[]) => {
  const argv = withForwards(link, [], []).toSpliced(1, 0, ...extra);
  return command ? [...argv.map((word) => (word === '-Nv' ? '-v' : word)), ...command] : argv;
};
const heard = (port: number) => until(() => hear(port), 3000);

describe('a certificate of the network allows', () => {
  test('the forwards of its link, in both directions', async () => {
    const [near] = link.forwards.local;
    const [far] = link.forwards.remote;
    const answers: string[] = [];
    const { said } = await run(sshCommand(link, brazil.dir.keys), async () => {
      answers.push(await heard(near?.listen ?? 0), await heard(far?.listen ?? 0), await heard(link.peerRsync));
    });
    expect(answers, said).toEqual(['germany mysql', 'brazil mysql', 'germany rsync']);
    expect(said).toMatch(/cipher: aes128-gcm/);
    expect(sshd.log()).toMatch(/Accepted publickey for \S+ .* ID brazil /);
  });

  test('no other port with -L', async () => {
    const listen = await freePort();
    const ask = async () => expect(await until(async () => [await hear(listen)], 3000)).toEqual(['']);
    const { said } = await run(withForwards(link, [{ listen, to: secret }], []), ask);
    expect(said).toMatch(/open failed: administratively prohibited/);
  });

  test('no port of another site', async () => {
    const listen = spainLink.forwards.remote[0]?.listen ?? 0;
    const { said, code } = await run(withForwards(link, [], [{ listen, to: brazil.plan.ports.mysql }]));
    expect(said).toMatch(/remote port forwarding failed/);
    expect(code).toBe(255);
  });

  test.each(['127.0.0.1', '0.0.0.0', '*'])('no other port with -R on %s', async (host) => {
    const port = host === '127.0.0.1' ? await freePort() : link.forwards.remote[0]?.listen;
    const { said, code } = await run(withOptions(['-R', `${host}:${port}:127.0.0.1:${secret}`]));
    expect(said).toMatch(/remote port forwarding failed/);
    expect(code).toBe(255);
  });

  test('no SOCKS proxy', async () => {
    const listen = await freePort();
    // RFC 1928: no authentication, then CONNECT to 127.0.0.1:secret.
    const request = Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, secret >> 8, secret & 255]);
    const socks = () => until(async () => [await hear(listen, request)], 3000);
    const { said } = await run(withOptions(['-D', `127.0.0.1:${listen}`]), socks);
    expect(said).not.toMatch(/nobody/);
    expect(said).toMatch(/open failed: administratively prohibited/);
  });

  test.each([
    ['a command', [], ['id']],
    ['a shell', ['-tt'], []],
    ['sftp', ['-s'], ['sftp']],
    ['a session with agent and X11', ['-A', '-Y'], ['id']],
  ])('no session: %s', async (_, extra, command) => {
    const { said, code } = await run(withOptions(extra, command));
    expect(said).toMatch(/channel 0: open failed/);
    expect(said).not.toMatch(/stdout:/);
    expect(code).toBe(255);
  });

  test('no Unix sockets', async () => {
    const listen = await freePort();
    const ask = async () => expect(await until(async () => [await hear(listen)], 3000)).toEqual(['']);
    const there = await run(withOptions(['-L', `127.0.0.1:${listen}:/run/mysqld/mysqld.sock`]), ask);
    expect(there.said).toMatch(/channel 1: open failed/);
    const back = await run(withOptions(['-R', `/tmp/sitesync-${listen}.sock:127.0.0.1:${secret}`]));
    expect(back.said).toMatch(/remote port forwarding failed/);
    expect(back.code).toBe(255);
  });

  test('no tunnel, agent or X11: disabled for all', () => {
    const [program, ...args] = sshdCommand(germany.dir, false);
    const config = execFileSync(program ?? '', ['-T', ...args.slice(2)], { encoding: 'utf8' });
    for (const line of [
      'permittunnel no',
      'allowagentforwarding no',
      'x11forwarding no',
      'maxsessions 0',
      'permittty no',
    ])
      expect(config).toContain(`\n${line}\n`);
    for (const line of [
      'allowstreamlocalforwarding no',
      'passwordauthentication no',
      'kbdinteractiveauthentication no',
      'gatewayports no',
    ])
      expect(config).toContain(`\n${line}\n`);
    expect(config.match(/^hostkey .*/gm)).toHaveLength(1);
  });
});

const denied = async (argv: string[]) => {
  const { said, code } = await run(argv);
  expect(said).toMatch(/Permission denied \(publickey\)/);
  expect(code).toBe(255);
};

describe('rejected at login', () => {
  test('a site that the hub does not list', async () => {
    const stranger = await network.site('stranger', 'child');
    await denied(sshCommand(link, stranger.dir.keys));
  });

  test('a listed name, signed by another CA', async () => {
    const ssh = join(network.root, 'forged');
    await issueSite(join(network.root, 'other ca'), brazil.plan, ssh);
    copyFileSync(sshFiles(brazil.dir.keys).knownHosts, sshFiles(ssh).knownHosts);
    await denied(sshCommand(link, ssh));
  });

  test('an expired certificate', async () => {
    const ssh = join(network.root, 'expired');
    const files = sshFiles(ssh);
    await issueSite(network.ca, brazil.plan, ssh);
    const sign = [
      '-s',
      join(network.ca, 'ca'),
      '-I',
      'brazil',
      '-n',
      'brazil',
      '-V',
      '20200101:20210101',
      `${files.userKey}.pub`,
    ];
    execFileSync('ssh-keygen', ['-q', ...sign]);
    await denied(sshCommand(link, ssh));
  });

  test('a host certificate used as a user certificate', async () => {
    const ssh = join(network.root, 'as user');
    mkdirSync(ssh);
    const [from, to] = [sshFiles(australia.dir.keys), sshFiles(ssh)];
    copyFileSync(from.hostKey, to.userKey);
    copyFileSync(from.hostCertificate, to.userCertificate);
    copyFileSync(from.knownHosts, to.knownHosts);
    await denied(sshCommand(link, ssh));
  });

  test('a key without its certificate', async () => {
    const ssh = join(network.root, 'bare');
    await issueSite(network.ca, brazil.plan, ssh);
    rmSync(sshFiles(ssh).userCertificate);
    await denied(sshCommand(link, ssh));
  });

  test('a password, an empty password, and no authentication at all', async () => {
    const methods = 'PreferredAuthentications=password,keyboard-interactive,none';
    const argv = withOptions([
      '-o',
      methods,
      '-o',
      'PasswordAuthentication=yes',
      '-o',
      'KbdInteractiveAuthentication=yes',
      '-o',
      'PubkeyAuthentication=no',
    ]);
    await denied(argv);
  });

  test('another hub at the address: its certificate names another site', async () => {
    const { said, code } = await run(
      sshCommand({ ...link, ...(australia.plan.listen ? { address: australia.plan.listen } : {}) }, brazil.dir.keys),
    );
    expect(said).toMatch(/Host key verification failed|Certificate invalid: name is not a listed principal/);
    expect(said).not.toMatch(/Authenticated to/);
    expect(code).toBe(255);
  });

  test('a hub of another CA', async () => {
    const ssh = join(network.root, 'other network');
    await issueSite(join(network.root, 'other ca'), brazil.plan, ssh);
    const { said, code } = await run(sshCommand(link, ssh));
    expect(said).toMatch(/Host key verification failed/);
    expect(code).toBe(255);
  });
});

test('a running sshd follows additions to and removals from the list of sites, without a signal', async () => {
  const late = await network.site('late', 'child');
  const lateLink = await addLink(late, germany, await peerPorts());
  expect(writeSshd(germany.plan, germany.dir)).toEqual({ config: false, principals: true });
  const answers: string[] = [];
  await run(sshCommand(lateLink, late.dir.keys), async () => answers.push(await heard(lateLink.peerMysql)));
  expect(answers).toEqual(['germany mysql']);
  germany.plan.links.pop();
  writeSshd(germany.plan, germany.dir);
  expect((await run(sshCommand(lateLink, late.dir.keys))).said).toMatch(/Permission denied/);
});

test('a running sshd follows changes to its configuration', async () => {
  const before = germany.plan.listen ?? { host: '', port: 0 };
  germany.plan.listen = { host: '127.0.0.1', port: await freePort() };
  expect(writeSshd(germany.plan, germany.dir)).toEqual({ config: true, principals: false });
  await until(() => sshd.log().includes(`listening on 127.0.0.1 port ${germany.plan.listen?.port}`), 5000);
  germany.plan.listen = before;
});

test('a link without forwards in one direction grants nothing, because an empty list would mean every port', () => {
  const [accepting] = germany.plan.links;
  if (!accepting) throw new Error('germany has no links');
  const bare = { ...accepting, forwards: { ...accepting.forwards, local: [] } };
  expect(authorizedPrincipals({ ...germany.plan, links: [bare] })).toBe('');
});

test('configuration for an ordinary user and for root', () => {
  const [ordinary, root] = [false, true].map((isRoot) =>
    sshdConfig(germany.plan, germany.dir, { user: 'sitesync', root: isRoot }),
  );
  expect(ordinary).toContain('\nPermitRootLogin no\n');
  expect(root).toContain('\nPermitRootLogin forced-commands-only\n');
  expect(ordinary).toContain('\nAllowUsers sitesync\n');
});

test('PerSourcePenalties are disabled where OpenSSH has them', () => {
  expect(sshdCommand(germany.dir, false).join(' ')).not.toContain('PerSourcePenalties');
  expect(sshdCommand(germany.dir, true)).toContain('PerSourcePenalties=no');
});

test('no secrets in arguments', () => {
  const key = readFileSync(sshFiles(brazil.dir.keys).userKey, 'utf8').split('\n')[2] ?? '';
  expect(key.length).toBeGreaterThan(40);
  expect(sshCommand(link, brazil.dir.keys).join(' ')).not.toContain(key);
});
