import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, it } from 'vitest';
import { siteSchema } from '../../../src/database/schema.ts';
import { startSites } from '../../support/agents.ts';
import { agree, connected } from '../../support/agree.ts';
import { ENGINE } from '../../support/database.ts';
import { until } from '../../support/until.ts';

/** Children of two hubs, with a trunk between the hubs. */
const HUB_OF = { brazil: 'germany', chile: 'germany', newzealand: 'australia', tonga: 'australia' };
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path: string) => join(sites.get(name).root, path);

beforeAll(async () => {
  sites = await startSites({
    hubs: ['australia', 'germany'],
    links: [...Object.entries(HUB_OF), ['australia', 'germany']],
    beatSeconds: 3,
  });
  await connected(sites.all());
}, 60_000);
afterAll(() => sites?.stop());

const everywhere = () => agree(sites.all());

/** Purges everything that this site has logged so far. */
async function purge(name: string): Promise<void> {
  const hub = await sites.get(name).database.asRoot();
  await hub.query('FLUSH BINARY LOGS');
  await until(async () => {
    const [logs] = await hub.query<RowDataPacket[]>('SHOW BINARY LOGS');
    await hub.query('PURGE BINARY LOGS TO ?', [logs.at(-1)!.Log_name]);
    return (await hub.query<RowDataPacket[]>('SHOW BINARY LOGS'))[0].length === 1;
  });
  hub.destroy();
}

/** Stops a hub's channel from a neighbour; its agent must not run. */
async function cut(hub: string, other: string): Promise<void> {
  const database = await sites.get(hub).database.asRoot();
  await database.query(ENGINE === 'mysql' ? 'STOP REPLICA FOR CHANNEL ?' : 'STOP SLAVE ?', [other]);
  database.destroy();
}

/** The number of the newest version of `origin` in the database of `name`. */
async function known(name: string, origin: string): Promise<number> {
  const [[row]] = await sites
    .get(name)
    .database.pool.query<RowDataPacket[]>(`SELECT MAX(seq) AS seq FROM ${siteSchema(origin)}.version`);
  return Number(row!.seq);
}

function write(name: string, what: string, count = 20): string {
  for (let i = 0; i < count; i++) writeFileSync(at(name, `${what}-${name}-${i}`), `${what} ${i}`.repeat(i * 40));
  return `${what}-${name}-${count - 1}`;
}

/** What was edited at `from` has reached these sites. */
const arrived = (path: string, ...names: string[]) =>
  until(() => names.every((name) => existsSync(at(name, path))), 30_000, `${path} at ${names.join()}`);

it('a hub that was away for longer than the other hub keeps its log gets all rows, and so do its children', async () => {
  write('tonga', 'first');
  await everywhere();
  const away = sites.get('australia');
  await away.killAgent();
  await away.database.kill();
  await arrived(write('brazil', 'purged'), 'germany', 'chile');
  await purge('germany');
  write('newzealand', 'meanwhile');
  await away.database.start();
  await away.startAgent();
  await everywhere();
}, 150_000);

it('its children hear of them too if they were connected to it all the time', async () => {
  await sites.get('australia').killAgent();
  await cut('australia', 'germany');
  await arrived(write('chile', 'live'), 'germany', 'brazil');
  await purge('germany');
  await arrived(write('chile', 'logged'), 'germany', 'brazil');
  await sites.get('australia').startAgent();
  write('brazil', 'while-it-heals');
  await everywhere();
}, 150_000);

it('both hubs have purged what the other lacks', async () => {
  const hubs = { australia: 'germany', germany: 'australia' };
  for (const [hub, other] of Object.entries(hubs)) {
    await sites.get(hub).killAgent();
    await cut(hub, other);
  }
  for (const [child, hub] of Object.entries(HUB_OF)) {
    write(child, 'apart');
    await until(async () => (await known(hub, child)) === (await known(child, child)), 30_000, `${child} at ${hub}`);
  }
  for (const hub of Object.keys(hubs)) await purge(hub);
  for (const hub of Object.keys(hubs)) await sites.get(hub).startAgent();
  await everywhere();
}, 150_000);

it('a child has purged what its hub lacks', async () => {
  await sites.get('germany').killAgent();
  await cut('germany', 'brazil');
  write('brazil', 'alone');
  await until(async () => (await sites.get('brazil').status()).inSync, 30_000, 'brazil to have told all');
  await purge('brazil');
  write('brazil', 'still-logged');
  await sites.get('germany').startAgent();
  await everywhere();
}, 150_000);

it('a copy was interrupted, and then the rows arrive from a log after all', async () => {
  await sites.get('australia').killAgent();
  await cut('australia', 'germany');
  const before = await known('australia', 'chile');
  await arrived(write('chile', 'half'), 'germany', 'brazil');
  const to = await sites.get('australia').database.asRoot();
  const [rows] = await sites
    .get('germany')
    .database.pool.query<RowDataPacket[]>('SELECT * FROM site_chile.version WHERE seq > ? ORDER BY seq LIMIT 7', [
      before,
    ]);
  await to.query('SET SESSION sql_log_bin = 0');
  for (const row of rows) await to.query('INSERT INTO site_chile.version SET ?', [row]);
  await sites.get('australia').startAgent();
  await everywhere();
}, 150_000);
