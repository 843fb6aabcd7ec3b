import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runLinks } from '../../../src/agent/link/run.ts';
import { descendants } from '../../../src/base/processes.ts';
import { checkPulse } from '../../../src/base/pulse.ts';
import type { LinkState } from '../../../src/base/site-dir.ts';
import { until } from '../../support/until.ts';
import { addLink, hear, peerPorts, type Site, testNetwork } from './network.ts';

let network: Awaited<ReturnType<typeof testNetwork>>;
let [germany, brazil, spain] = [] as unknown as [Site, Site, Site];
let ports: Record<'brazil' | 'spain', Awaited<ReturnType<typeof peerPorts>>>;
let abort: AbortController;

beforeEach(async () => {
  network = await testNetwork();
  germany = await network.site('germany', 'hub');
  brazil = await network.site('brazil', 'child');
  spain = await network.site('spain', 'child');
  ports = { brazil: await peerPorts(), spain: await peerPorts() };
  await addLink(brazil, germany, ports.brazil);
  await addLink(spain, germany, ports.spain);
  abort = new AbortController();
});

afterEach(() => {
  abort.abort();
  network.close();
});

function dial(site: Site) {
  runLinks(site.plan, site.dir, { log: pino({ level: 'silent' }), signal: abort.signal });
  const link = () => (JSON.parse(readFileSync(site.dir.linkState, 'utf8')) as LinkState[])[0];
  return until(() => link()?.state === 'connected', 20_000, `the link of ${site.plan.site}`);
}

/** The listening sshd: the first of our descendants, from which the sessions fork. */
const listener = () => descendants(process.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sshd\n');

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'an sshd that gets a %s is replaced; the connection that is up goes on',
  async (signal) => {
    const sshd = await network.startSshd(germany);
    await dial(brazil);
    const before = await until(listener);
    process.kill(before, signal);
    await until(() => listener() !== before && listener() !== undefined, 25_000, 'a new sshd');
    await dial(spain);
    expect(await hear(ports.spain.peerMysql)).toBe('germany mysql');
    expect(await hear(ports.brazil.peerMysql)).toBe('germany mysql');
    await until(() => (checkPulse(germany.dir.sshd.pulse), true));
    // Whatever sshd logs about probes is ignored.
    expect(sshd.log()).not.toMatch(/SiteSync|kex_exchange|Connection closed by 127\.0\.0\.1/);
    await sshd.stop();
    const heard = () => hear(ports.brazil.peerMysql).catch(() => 'refused');
    await until(async () => ['', 'refused'].includes(await heard()), 5000, 'the end of the older connection');
  },
  60_000,
);
