import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createSilentServer, type Server as SilentServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NetworkReport, type SiteReport, Summary } from '../../../src/api/network-report.ts';
import { tlsAuthority, tlsKeys } from '../../../src/operator/keys/tls.ts';
import { BELIEVED_MS, createReports, OTHERS_TIMEOUT_MS, type Reports } from '../../../src/operator/network/reports.ts';
import type { SiteCredentials } from '../../../src/operator/network/site-credentials.ts';
import { AWAY_MS, type Suspicion } from '../../../src/operator/network/suspect-hubs.ts';
import { plan } from '../../../src/topology/plan.ts';
import { testSecrets } from '../../support/database.ts';
import { freePort } from '../../support/net.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const HUBS = ['h1', 'h2', 'h3'];
const WISH = { network: 'default', phase: 'steady', days: 3650, now: Date.now() } as const;
const hubs = plan(resourcesOf({ hubs: HUBS, children: [], folders: [] })).sites;
const site = (name: string, connected: boolean): SiteReport => ({
  name,
  role: 'hub',
  via: null,
  connected,
  inSync: connected,
  lagSeconds: 0,
  filesBehind: 0,
  bytesBehind: 0,
  more: false,
  folders: {},
  summary: Summary.parse({}),
  version: '0.1.0',
  disk: { free: 1, size: 2 },
  beatAt: 1,
});
const report = (reporter: string, heard: string[]): NetworkReport => ({
  reporter,
  at: 1,
  beatSeconds: 48,
  sites: HUBS.map((name) => site(name, name === reporter || heard.includes(name))),
});

describe('the report of a network', () => {
  const servers = new Map<string, Server>();
  const credentials = new Map<string, SiteCredentials>();
  /** What each answers now; undefined: 503. */
  const answers = new Map<string, unknown>();
  /** Accepts connections, as the kernel does for a process that hangs. */
  let silent: SilentServer;
  const hangs = new Set<string>();
  let asked: string[] = [];
  let now = 1_000_000;
  let reports: Reports;
  let authority: string;
  const ask = (suspects?: Record<string, Suspicion>) =>
    reports.ask('default', hubs, credentials, authority, suspects && new Map(Object.entries(suspects)));

  beforeAll(async () => {
    const ca = await tlsAuthority({}, WISH);
    authority = ca['tls.crt']!;
    for (const { site: name, network } of hubs) {
      const { files } = await tlsKeys(ca, [`${name}.${network}.svc`], {}, { days: 90, now: Date.now() });
      credentials.set(name, {
        secrets: { ...testSecrets(), operatorToken: `token-of-${name}` },
        secretUid: undefined,
        keys: {},
        tls: files,
        expiries: [],
        mark: '',
      });
      const server = createServer({ cert: files['tls.crt'], key: files['tls.key'] }, (request, response) => {
        asked.push(name);
        const allowed = request.headers.authorization === `Bearer token-of-${name}`;
        response.statusCode = !allowed ? 401 : answers.has(name) ? 200 : 503;
        response.end(JSON.stringify(answers.get(name) ?? {}));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      servers.set(name, server);
    }
    silent = createSilentServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const addressOf = ({ site: name }: { site: string }) => ({
      host: '127.0.0.1',
      port: ((hangs.has(name) ? silent : servers.get(name)!).address() as AddressInfo).port,
    });
    reports = createReports(addressOf, () => now);
  });
  beforeEach(() => {
    asked = [];
    answers.clear();
    hangs.clear();
    reports.forget('default');
  });
  afterAll(async () => {
    await reports?.close();
    for (const server of servers.values()) server.close();
    silent?.close();
  });

  it('comes from one hub when that hears the others', async () => {
    for (const name of HUBS) answers.set(name, report(name, HUBS));
    expect((await ask()).report).toMatchObject({ reporter: 'h1' });
    expect(asked).toEqual(['h1']);
  });

  it('comes from the next one when a hub does not respond', async () => {
    answers.set('h2', report('h2', ['h3']));
    expect((await ask()).report).toMatchObject({ reporter: 'h2' });
    expect(asked).toEqual(['h1', 'h2']);
  });

  it('takes no longer with a hub that hangs than with one that refuses late', async () => {
    answers.set('h1', report('h1', ['h3']));
    hangs.add('h2');
    const before = performance.now();
    expect((await ask({ h2: 'hangs' })).report).toMatchObject({ reporter: 'h1' });
    expect(performance.now() - before).toBeLessThan(OTHERS_TIMEOUT_MS + 1000);
  });

  it('comes from both sides when hubs do not hear each other', async () => {
    answers.set('h1', report('h1', ['h3']));
    answers.set('h2', report('h2', []));
    const heard = (await ask()).report!;
    expect(asked).toEqual(['h1', 'h2']);
    expect(heard.sites.map(({ name, connected }) => [name, connected])).toEqual(HUBS.map((name) => [name, true]));
  });

  it('is used for less than 30 s, and then the reason is given why there is none', async () => {
    answers.set('h1', report('h1', HUBS));
    await ask();
    answers.clear();
    now += BELIEVED_MS - 1;
    expect((await ask()).report).toBeDefined();
    now += 1;
    const { report: old, failure } = await ask();
    expect(old).toBeUndefined();
    expect(failure).toBe(
      'No hub responds. h1: its agent returned 503; h2: its agent returned 503; h3: its agent returned 503',
    );
  });

  it('gives the same reason for a hub that refuses, hangs or has no name: it is written into every status', async () => {
    const ways = {
      refuses: { host: '127.0.0.1', port: await freePort() },
      hangs: { host: '127.0.0.1', port: (silent.address() as AddressInfo).port },
      nameless: { host: 'h1.invalid', port: 443 },
    };
    for (const way of Object.values(ways)) {
      const own = createReports(
        () => way,
        () => now,
      );
      const { failure } = await own.ask('default', hubs.slice(0, 1), credentials, authority);
      await own.close();
      expect(failure).toBe('No hub responds. h1: it cannot be reached');
    }
  }, 20_000);

  describe('while a hub is suspect', () => {
    // h2's database works: h1 hears it, and relays that it hears h3.
    const passedOn = (): NetworkReport => {
      const summaries: Record<string, string[]> = { h1: ['h2'], h2: ['h1', 'h3'] };
      const sites = report('h1', HUBS).sites.map((one) => ({
        ...one,
        via: { h2: 'h1', h3: 'h2' }[one.name] ?? null,
        summary: Summary.parse({ peers: summaries[one.name] ?? [] }),
      }));
      return { ...report('h1', HUBS), sites };
    };
    const heardNow = async (suspects?: Record<string, Suspicion>) => {
      const { report: heard, unseen } = await ask(suspects);
      const connected = heard!.sites.filter((one) => one.connected).map(({ name }) => name);
      return [connected, Object.fromEntries(unseen)];
    };
    const ALL = [HUBS, {}];

    it('it is asked itself, and its report counts when it answers', async () => {
      answers.set('h1', passedOn());
      answers.set('h2', report('h2', HUBS));
      expect(await heardNow({ h2: 'hangs' })).toEqual(ALL);
      expect(asked).toEqual(['h1', 'h3', 'h2']);
    });

    it('its reports do not count when it hangs, and sites that only it hears are asked', async () => {
      answers.set('h1', passedOn());
      expect(await heardNow()).toEqual(ALL);
      expect(await heardNow({ h2: 'hangs' })).toEqual([['h1'], { h2: 'h2', h3: 'h2' }]);
      answers.set('h3', report('h3', []));
      expect(await heardNow({ h2: 'hangs' })).toEqual([['h1', 'h3'], { h2: 'h2' }]);
      answers.delete('h3');
      expect(await heardNow()).toEqual(ALL);
    });

    it('one that only restarts is trusted for a while, and then not before it is back', async () => {
      answers.set('h1', passedOn());
      expect(await heardNow({ h2: 'away' })).toEqual(ALL);
      now += AWAY_MS - 1;
      expect(await heardNow({ h2: 'away' })).toEqual(ALL);
      now += 1;
      expect(await heardNow({ h2: 'away' })).toEqual([['h1'], { h2: 'h2', h3: 'h2' }]);
      answers.set('h2', report('h2', HUBS));
      expect(await heardNow({ h2: 'away' })).toEqual(ALL);
      answers.delete('h2');
      expect(await heardNow({ h2: 'away' })).toEqual(ALL);
    });

    it('the others are asked before it, and it is asked when there is no other', async () => {
      answers.set('h1', report('h1', HUBS));
      expect((await ask({ h1: 'away' })).report).toMatchObject({ reporter: 'h1' });
      expect(asked).toEqual(['h2', 'h3', 'h1']);
      asked = [];
      expect(await heardNow({ h1: 'hangs', h2: 'hangs', h3: 'hangs' })).toEqual([['h1'], { h2: 'h2', h3: 'h3' }]);
    });

    it('what was known about it is returned as such while no hub answers', async () => {
      answers.set('h1', passedOn());
      await ask({ h2: 'hangs' });
      answers.clear();
      expect((await ask()).unseen.get('h3')).toBe('h2');
      now += BELIEVED_MS;
      expect((await ask()).unseen.size).toBe(0);
    });
  });

  it('gives the same reason whichever hub refused first', async () => {
    const { failure } = await ask();
    const reversed = await reports.ask('default', hubs.toReversed(), credentials, authority);
    expect(reversed.failure).toBe(failure);
  });

  it('is rejected when it is not a report, or from another site', async () => {
    answers.set('h1', { reporter: 'h1', sites: 'many' });
    answers.set('h2', report('h3', HUBS));
    const { report: none, failure } = await ask();
    expect(none).toBeUndefined();
    expect(failure).toContain('h2: it identifies itself as h3');
  });

  it('is rejected with a certificate of another authority', async () => {
    answers.set('h1', report('h1', HUBS));
    const other = (await tlsAuthority({}, WISH))['tls.crt']!;
    const { report: none, failure } = await reports.ask('default', hubs.slice(0, 1), credentials, other);
    expect(none).toBeUndefined();
    expect(failure).toMatch(/certificate|signature/);
    expect(asked).toEqual([]);
  });
});
