import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TIMING, type Timing } from '../../../src/agent/link/choose.ts';
import { type LinkRunner, runLinks } from '../../../src/agent/link/run.ts';
import type { LinkState } from '../../../src/base/site-dir.ts';
import type { LinkPlan } from '../../../src/topology/site-plan.ts';
import { freePort, type Proxy, proxy } from '../../support/net.ts';
import { until } from '../../support/until.ts';
import { addLink, hear, peerPorts, type Site, testNetwork } from './network.ts';

/** Seconds become tenths, except where ssh itself keeps the time. */
const QUICK: Partial<Timing> = {
  firstRetryMs: 50,
  maxRetryMs: 1000,
  patienceMs: 500,
  stableMs: 1000,
  probeEveryMs: 150,
};

let network: Awaited<ReturnType<typeof testNetwork>>;
let [germany, australia, brazil] = [] as unknown as [Site, Site, Site];
let ports: Awaited<ReturnType<typeof peerPorts>>;
let abort: AbortController;
let running: LinkRunner[];
let proxies: Proxy[];

beforeEach(async () => {
  network = await testNetwork();
  germany = await network.site('germany', 'hub');
  australia = await network.site('australia', 'hub');
  brazil = await network.site('brazil', 'child');
  ports = await peerPorts();
  abort = new AbortController();
  running = [];
  proxies = [];
});

afterEach(async () => {
  abort.abort();
  for (const links of running) await links.closed;
  for (const p of proxies) await p.close();
  network.close();
});

function start(site: Site, timing: Partial<Timing> = QUICK) {
  const history: LinkState[][] = [];
  const onChange = (states: LinkState[]) => void history.push(states);
  const links = runLinks(site.plan, site.dir, {
    log: pino({ level: 'silent' }),
    signal: abort.signal,
    onChange,
    timing,
  });
  running.push(links);
  const states = () => JSON.parse(readFileSync(site.dir.linkState, 'utf8')) as LinkState[];
  const stateOf = (peer: string) => states().find((s) => s.peer === peer);
  const connected = (peer: string, timeoutMs = 15_000) =>
    until(() => {
      if (stateOf(peer)?.state !== 'connected') throw new Error(JSON.stringify(states()));
      return true;
    }, timeoutMs);
  return { links, history, states, stateOf, connected };
}

/** Pids of the ssh clients of this process. */
const sshPids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const ppid = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1];
        return Number(ppid) === process.pid && readFileSync(`/proc/${pid}/comm`, 'latin1') === 'ssh\n';
      } catch {
        return false; // gone meanwhile
      }
    })
    .map(Number);

async function proxied(hub: Site): Promise<Proxy> {
  const p = await proxy({ port: hub.plan.listen?.port ?? 0 });
  proxies.push(p);
  return p;
}

test('a dead peer is noticed by both ends within 30 s, and the link recovers by itself', {
  timeout: 70_000,
}, async () => {
  const wire = await proxied(germany);
  const link = await addLink(brazil, germany, ports, { host: '127.0.0.1', port: wire.port });
  const sshd = await network.startSshd(germany);
  const run = start(brazil, {});
  await run.connected('germany');
  expect(await hear(ports.peerRsync)).toBe('germany rsync');
  wire.blackhole();
  const cutAt = Date.now();
  const far = link.forwards.remote[0]?.listen ?? 0;
  const noticed = await Promise.all([
    until(() => run.stateOf('germany')?.state === 'connecting', 30_000, 'the child notices').then(
      () => Date.now() - cutAt,
    ),
    until(
      () => /Timeout, client not responding|closed the old connection/.test(sshd.log()),
      30_000,
      'the hub notices',
    ).then(() => Date.now() - cutAt),
  ]);
  console.log(`noticed after ${noticed.join(' and ')} ms`);
  for (const ms of noticed) expect(ms).toBeLessThan(30_000);
  expect(run.history.flat().some((s) => /stopped answering for 27 s/.test(s.error ?? ''))).toBe(true);
  await run.connected('germany', 35_000);
  expect(await hear(far)).toBe('brazil mysql');
  expect(run.stateOf('germany')?.error).toBeUndefined();
});

test('a neighbour that is back before sshd has noticed its broken connection is accepted at once', async () => {
  const wire = await proxied(germany);
  const link = await addLink(brazil, germany, ports, { host: '127.0.0.1', port: wire.port });
  await network.startSshd(germany);
  const run = start(brazil);
  await run.connected('germany');
  const [pid] = sshPids();
  wire.blackhole(); // the hub is told nothing, and keeps the ports
  process.kill(pid ?? 0, 'SIGKILL');
  const lostAt = Date.now();
  await until(() => /does not grant its port \d+/.test(run.stateOf('germany')?.error ?? ''));
  await run.connected('germany', 10_000);
  expect(Date.now() - lostAt).toBeLessThan(6000);
  await until(async () => (await hear(link.forwards.remote[0]?.listen ?? 0)) === 'brazil mysql');
});

test('a port held by a session of another sshd is reported, and that session is left alone', async () => {
  const [elsewhere, spain] = [await network.site('elsewhere', 'hub'), await network.site('spain', 'child')];
  const first = await addLink(spain, elsewhere, await peerPorts());
  await network.startSshd(elsewhere);
  await start(spain).connected('elsewhere');
  const link = await addLink(brazil, germany, ports);
  // Like another network on this machine that chose the same ports.
  for (const { forwards } of [...brazil.plan.links, ...germany.plan.links])
    forwards.remote.forEach((forward, i) => Object.assign(forward, { listen: first.forwards.remote[i]!.listen }));
  await network.startSshd(germany);
  const run = start(brazil);
  const refused = (since: number) => {
    const state = run.stateOf('germany');
    return (
      state?.state === 'connecting' && /does not grant its port/.test(state.error ?? '') && Date.now() - since > 3000
    );
  };
  const began = Date.now();
  await until(
    () => refused(began) || Promise.reject(new Error(JSON.stringify(run.states()))),
    20_000,
    'refusals for seconds',
  );
  expect(await hear(link.forwards.remote[0]!.listen)).toBe('spain mysql');
});

test('a killed ssh is restarted', async () => {
  await addLink(brazil, germany, ports);
  await network.startSshd(germany);
  const run = start(brazil, {});
  await run.connected('germany');
  const [pid] = sshPids();
  process.kill(pid ?? 0, 'SIGKILL');
  await until(() => sshPids()[0] !== pid && run.stateOf('germany')?.state === 'connected', 20_000);
  await until(async () => (await hear(ports.peerMysql)) === 'germany mysql');
});

test('a lost hub: fails over to the backup on the same ports, and returns when it works again', async () => {
  await addLink(brazil, germany, ports);
  await addLink(brazil, australia, ports);
  const home = await network.startSshd(germany);
  await network.startSshd(australia);
  const run = start(brazil);
  await run.connected('germany');
  expect(run.stateOf('australia')?.state).toBe('standby');

  await home.stop();
  await run.connected('australia');
  expect(await hear(ports.peerMysql)).toBe('australia mysql');
  expect(run.stateOf('germany')).toMatchObject({
    state: 'standby',
    // What it saw last before it gave up on germany depends on the speed of this machine.
    error: expect.stringMatching(/nothing listens at .*: start germany|closed the connection: germany is stopping/),
  });

  await network.startSshd(germany);
  await run.connected('germany');
  expect(run.stateOf('australia')?.state).toBe('standby');
  expect(await hear(ports.peerMysql)).toBe('germany mysql');
  // Never two at once, and each state reported once.
  for (const states of run.history) expect(states.filter((s) => s.state === 'connected').length).toBeLessThan(2);
  expect(sshPids()).toHaveLength(1);
});

test('a hub that stays unreachable is retried with growing pauses', async () => {
  await addLink(brazil, germany, ports);
  const run = start(brazil, { ...QUICK, firstRetryMs: 20, maxRetryMs: 200 });
  const startedAt = Date.now();
  await until(() => run.stateOf('germany')?.error !== undefined);
  const refusing = await proxied(australia); // resets everything: its target does not listen
  running[0]?.update({
    ...brazil.plan,
    links: brazil.plan.links.map((l) => ({ ...l, address: { host: '127.0.0.1', port: refusing.port } })),
  });
  await until(() => refusing.accepted() >= 5);
  await until(() => /closed the connection/.test(run.stateOf('germany')?.error ?? ''));
  const before = refusing.accepted();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(refusing.accepted() - before).toBeLessThan(2000 / 100 + 2);
  expect(run.stateOf('germany')?.since).toBeLessThan(startedAt + 1000);
});

test('a hub with two trunks maintains both independently', async () => {
  const canada = await network.site('canada', 'hub');
  const toCanada = await peerPorts();
  await addLink(germany, australia, ports);
  await addLink(germany, canada, toCanada);
  await network.startSshd(australia);
  const sshd = await network.startSshd(canada);
  const run = start(germany);
  await Promise.all([run.connected('australia'), run.connected('canada')]);
  expect([await hear(ports.peerMysql), await hear(toCanada.peerMysql)]).toEqual(['australia mysql', 'canada mysql']);
  const since = run.stateOf('australia')?.since;
  await sshd.stop();
  await until(() => run.stateOf('canada')?.state === 'connecting');
  await network.startSshd(canada);
  await run.connected('canada');
  expect(run.stateOf('australia')?.since).toBe(since);
});

test('a new plan restarts only what it changes', async () => {
  const link = await addLink(brazil, germany, ports);
  await network.startSshd(germany);
  const run = start(brazil);
  await run.connected('germany');
  const [pid] = sshPids();

  await addLink(brazil, australia, ports);
  await network.startSshd(australia);
  run.links.update({ ...brazil.plan, beatSeconds: 5 });
  await until(() => run.stateOf('australia')?.state === 'standby');
  expect(sshPids()).toEqual([pid]);

  const compressed: LinkPlan = { ...link, compress: true };
  run.links.update({ ...brazil.plan, links: [compressed, ...brazil.plan.links.slice(1)] });
  await until(() => ![pid, undefined].includes(sshPids()[0]) && run.stateOf('germany')?.state === 'connected');
  expect(readFileSync(`/proc/${sshPids()[0]}/cmdline`, 'latin1')).toContain('Compression=yes');

  run.links.update({ ...brazil.plan, links: brazil.plan.links.slice(1) });
  await run.connected('australia');
  expect(run.states().map((s) => s.peer)).toEqual(['australia']);
});

const told = async (site: Site, pattern: RegExp, link: LinkPlan) => {
  const own = new AbortController();
  const options = { log: pino({ level: 'silent' }), signal: own.signal, timing: { ...QUICK, readyWithinMs: 1500 } };
  const errors: string[] = [];
  const onChange = (states: LinkState[]) => void errors.push(...states.flatMap((s) => s.error ?? []));
  const links = runLinks({ ...site.plan, links: [link] }, site.dir, { ...options, onChange });
  await until(() => errors.some((error) => pattern.test(error)), 5000, `${pattern.source} in ${errors.join()}`);
  own.abort();
  await links.closed;
};

test('every failure is explained', async () => {
  const link = await addLink(brazil, germany, ports);
  await network.startSshd(germany);
  await network.startSshd(australia);
  const stranger = await network.site('stranger', 'child');
  const [mine, theirs] = [link.forwards.local[0], link.forwards.remote[0]];
  if (!mine || !theirs || !australia.plan.listen) throw new Error('the plan is incomplete');
  const silent = await proxied(germany);
  silent.freeze();

  await told(stranger, /refuses this site's certificate/, link);
  await told(brazil, /is not germany of this network/, { ...link, address: australia.plan.listen });
  await told(brazil, /nothing listens at 127\.0\.0\.1:\d+: start germany/, {
    ...link,
    address: { host: '127.0.0.1', port: await freePort() },
  });
  await told(brazil, /no answer from .* the network is down/, {
    ...link,
    address: { host: '127.0.0.1', port: silent.port },
  });
  await told(brazil, /name no\.invalid cannot be resolved/, { ...link, address: { host: 'no.invalid', port: 22 } });
  const taken = { local: [{ ...mine, listen: brazil.plan.ports.mysql }], remote: [theirs] };
  await told(brazil, /port \d+ of this machine is in use/, { ...link, forwards: taken });
  const greedy = { local: [mine], remote: [{ ...theirs, listen: await freePort() }] };
  await told(brazil, /germany does not grant its port \d+/, { ...link, forwards: greedy });
});

test('a port that the hub refuses on an established connection is reported too', async () => {
  const link = await addLink(brazil, germany, ports);
  await network.startSshd(germany);
  const listen = await freePort();
  const forwards = { ...link.forwards, local: [...link.forwards.local, { listen, to: await freePort() }] };
  brazil.plan.links = [{ ...link, forwards }];
  const run = start(brazil);
  await run.connected('germany');
  expect(await hear(listen)).toBe('');
  await until(() => /refuses a port/.test(run.stateOf('germany')?.error ?? ''));
  expect(run.stateOf('germany')?.state).toBe('connected');
});

test('no ssh is left after the signal was aborted, nor when this process dies', async () => {
  await addLink(brazil, germany, ports);
  await network.startSshd(germany);
  const run = start(brazil);
  await run.connected('germany');
  abort.abort();
  await run.links.closed;
  expect(sshPids()).toEqual([]);
  expect(run.states()).toEqual([]);
  await expect(hear(ports.peerMysql)).rejects.toThrow(/ECONNREFUSED/);
});

test('ssh dies with a process that is killed by SIGKILL', async () => {
  await addLink(brazil, germany, ports);
  await network.startSshd(germany);
  const program = `
    import { pino } from 'pino';
    import { runLinks } from ${JSON.stringify(new URL('../../../src/agent/link/run.ts', import.meta.url).href)};
    import { siteDir } from ${JSON.stringify(new URL('../../../src/base/site-dir.ts', import.meta.url).href)};
    const signal = new AbortController().signal;
    const onChange = (states) => { if (states[0]?.state === 'connected') process.kill(process.pid, 'SIGKILL'); };
    runLinks(${JSON.stringify(brazil.plan)}, siteDir(${JSON.stringify(brazil.dir.root)}), { log: pino({ level: 'silent' }), signal, onChange });`;
  expect(() =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000, stdio: 'pipe' }),
  ).toThrow(/SIGKILL|Command failed/);
  await until(
    () =>
      hear(ports.peerMysql).then(
        () => false,
        () => true,
      ),
    3000,
    'the forward of a dead owner to close',
  );
  expect(TIMING.readyWithinMs).toBeGreaterThan(15_000);
});
