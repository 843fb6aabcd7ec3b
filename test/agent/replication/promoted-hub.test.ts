import type { RowDataPacket } from 'mysql2/promise';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Replication, superviseReplication } from '../../../src/agent/replication/supervise.ts';
import type { SiteSecrets } from '../../../src/base/site-dir.ts';
import type { LinkPlan, SitePlan } from '../../../src/topology/site-plan.ts';
import { insert, pathsAt } from '../../database/offices.ts';
import { engine, minimalPlan, startDatabase, type TestDatabase, testSecrets } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const NAMES = ['faro', 'lisbon', 'oslo', 'porto'] as const;
type Name = (typeof NAMES)[number];
const databases = new Map<Name, TestDatabase>();
const replications = new Map<Name, Replication>();
const stop = new AbortController();
const at = (name: Name) => databases.get(name)!;

/** Which sites a site is and is not linked with now. */
function link(name: Name, kinds: Partial<Record<Name, LinkPlan['kind']>>): void {
  const links = Object.entries(kinds).map(
    ([peer, kind]): LinkPlan => ({
      peer,
      kind,
      dials: true,
      priority: 0,
      peerMysql: at(peer as Name).plan.ports.mysql,
      peerRsync: 0,
      forwards: { local: [], remote: [] },
      compress: false,
    }),
  );
  const plan: SitePlan = Object.assign(at(name).plan, { links });
  const running = replications.get(name);
  if (running) return running.update(plan, at(name).secrets);
  const { secrets, pool } = at(name);
  const { signal } = stop;
  const log = pino({ level: 'silent' });
  const uplink = () => links.find(({ kind }) => kind === 'uplink')?.peer;
  replications.set(name, superviseReplication({ plan, secrets, pool, engine, log, signal, uplink }));
}

/** Everybody accepts everybody, with one password each. */
function secretsOf(name: Name): SiteSecrets {
  const others = NAMES.filter((other) => other !== name);
  return {
    ...testSecrets(others),
    outbound: Object.fromEntries(others.map((other) => [other, testSecrets([name]).inbound[name]!])),
  };
}

const has = (name: Name, origin: Name, paths: string[]) =>
  until(
    async () => (await pathsAt(at(name), `site_${origin}`)).join() === paths.join(),
    30_000,
    `${paths.join()} of ${origin} at ${name}`,
  );
const add = (name: Name, seq: number, path: string) => at(name).pool.query(insert(`site_${name}`, seq, path));

beforeAll(async () => {
  const start = async (name: Name) => {
    const plan = await minimalPlan(name, [...NAMES], ['lisbon', 'oslo']);
    const downlinks: Partial<Record<Name, Name>> = { lisbon: 'faro', oslo: 'porto' };
    const child = downlinks[name];
    // The appliers for a child's channel are created at the start of a server.
    const links = child ? [{ peer: child, kind: 'downlink' } as LinkPlan] : [];
    databases.set(name, await startDatabase({ ...plan, links }, secretsOf(name)));
  };
  await Promise.all(NAMES.map(start));
}, 60_000);
afterAll(async () => {
  stop.abort();
  await Promise.all([...databases.values()].map((database) => database.stop()));
});

it('a hub and its child get what a new hub received as a child and never logged', async () => {
  link('lisbon', { oslo: 'trunk', faro: 'downlink' });
  link('oslo', { lisbon: 'trunk', porto: 'downlink' });
  link('faro', { lisbon: 'uplink' });
  link('porto', { oslo: 'uplink' });
  await add('lisbon', 1, 'known-to-all');
  for (const name of ['oslo', 'faro', 'porto'] as const) await has(name, 'lisbon', ['known-to-all']);

  const hears = (peer: string) =>
    replications
      .get('oslo')!
      .states()
      .some((state) => state.peer === peer);
  await until(() => hears('lisbon'), 10_000, 'oslo to hear lisbon');
  link('oslo', { porto: 'downlink' });
  await until(() => !hears('lisbon'), 10_000, 'oslo to be cut off');
  await add('lisbon', 2, 'only-at-faro');
  await add('faro', 1, 'of-faro');
  await has('faro', 'lisbon', ['known-to-all', 'only-at-faro']);
  await at('lisbon').kill();

  const { plan } = at('faro');
  plan.role = 'hub';
  for (const { plan: one } of databases.values()) one.sites.find(({ name }) => name === 'faro')!.role = 'hub';
  await at('faro').kill();
  await at('faro').start();
  link('faro', { oslo: 'trunk' });
  link('oslo', { faro: 'trunk', porto: 'downlink' });
  for (const name of ['oslo', 'porto'] as const) {
    await has(name, 'lisbon', ['known-to-all', 'only-at-faro']);
    await has(name, 'faro', ['of-faro']);
  }

  const [marks] = await at('oslo').pool.query<RowDataPacket[]>('SELECT DISTINCT peer FROM site_oslo.copied');
  expect(marks.map(({ peer }) => String(peer))).toEqual(['faro']);

  await add('faro', 2, 'later');
  await add('porto', 1, 'back');
  await has('porto', 'faro', ['of-faro', 'later']);
  await has('faro', 'porto', ['back']);
  const runs = () =>
    replications
      .get('porto')!
      .states()
      .every(({ state }) => state === 'running');
  await until(runs, 10_000, 'the channel of porto to be seen running');
}, 120_000);

it('a hub that learns of a promotion after it has shut the new hub out goes on with it', async () => {
  const stateOfFaro = () =>
    replications
      .get('lisbon')!
      .states()
      .find(({ peer }) => peer === 'faro')?.state;
  link('lisbon', { faro: 'downlink' });
  await at('lisbon').start();
  // Faro is a hub and sends rows of others. For lisbon it still is a child that must not.
  await add('porto', 2, 'too-early');
  await until(() => stateOfFaro() === 'failed', 30_000, 'faro to be shut out');
  link('lisbon', { faro: 'trunk' });
  await has('lisbon', 'porto', ['back', 'too-early']);
  await until(() => stateOfFaro() === 'running', 10_000, 'the channel to be seen running');
}, 60_000);
