import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteSchema } from '../../../src/database/schema.ts';
import { FOUR_SITES, startSites, type TestSite } from '../../support/agents.ts';
import { agree, connected } from '../../support/agree.ts';
import { ENGINE } from '../../support/database.ts';
import { until } from '../../support/until.ts';

/** Databases and trees are restored from copies, or lost, while the rest of the network continues. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path: string) => join(sites.get(name).root, path);
const write = (name: string, path: string, text: string) => writeFileSync(at(name, path), text);
const read = (name: string, path: string) => readFileSync(at(name, path), 'utf8');
const everywhere = () => agree(sites.all(), 120_000);

beforeAll(async () => {
  sites = await startSites({ ...FOUR_SITES, beatSeconds: 3 });
  await connected(sites.all());
}, 120_000);
afterAll(() => sites?.stop());

type Part = 'database' | 'tree';

async function stop(site: TestSite): Promise<void> {
  await site.stopAgent();
  await site.database.end();
}

async function start(site: TestSite): Promise<void> {
  await site.database.start();
  await site.startAgent();
}

const placeOf = (site: TestSite, part: Part) => (part === 'database' ? site.dir.mysql.data : site.root);
const copyOf = (site: TestSite, part: Part) => join(site.dir.root, `copy-of-${part}`);

/** Copies the data of a stopped site. */
async function backUp(name: string, parts: Part[]): Promise<void> {
  const site = sites.get(name);
  await stop(site);
  for (const part of parts)
    cpSync(placeOf(site, part), copyOf(site, part), { recursive: true, preserveTimestamps: true });
  await start(site);
}

/** Replaces the data of a stopped site with the copy. */
function putBack(site: TestSite, parts: Part[]): void {
  for (const part of parts) {
    rmSync(placeOf(site, part), { recursive: true });
    cpSync(copyOf(site, part), placeOf(site, part), { recursive: true, preserveTimestamps: true });
    rmSync(copyOf(site, part), { recursive: true });
  }
}

/** Every version as one site has it: who said what about which path. */
async function versions(seenAt: string): Promise<string[]> {
  const said: string[] = [];
  for (const { plan } of sites.all()) {
    const { pool } = sites.get(seenAt).database;
    const [rows] = await pool.query<RowDataPacket[]>(`SELECT kind, path, size FROM ${siteSchema(plan.site)}.version`);
    said.push(...rows.map((row) => `${plan.site}: ${row.kind} ${row.path} ${row.size}`));
  }
  return said.sort();
}

/** Confirmations and heartbeats of `name` without any version of its own. */
async function elsewhere(name: string, text: string): Promise<void> {
  for (let i = 0; i < 12; i++) {
    write(name, `news-${i % 4}`, `${text} ${i}`);
    await until(async () => sites.all().every(({ plan: { site } }) => read(site, `news-${i % 4}`) === `${text} ${i}`));
  }
}

describe.each(['brazil', 'germany'])('%s', (name) => {
  const other = 'newzealand';

  it('with a database from before rows that had no version of its own is heard', async () => {
    write(name, 'own', `first of ${name}`);
    await elsewhere(other, 'before');
    await everywhere();
    await backUp(name, ['database']);
    await elsewhere(other, `after ${name}`);
    await everywhere();
    const site = sites.get(name);
    await stop(site);
    putBack(site, ['database']);
    write(name, `early-${name}`, 'saved before it runs again');
    const before = await versions(other);
    await start(site);
    write(name, `new-${name}`, 'saved afterwards');
    await until(() => read(other, `new-${name}`) === 'saved afterwards', 60_000, 'the new file at the others');
    await everywhere();
    expect(read(other, `early-${name}`)).toBe('saved before it runs again');
    const said = [`${name}: file early-${name} 26`, `${name}: file new-${name} 16`];
    expect(await versions(other)).toEqual([...before, ...said].sort());
  }, 300_000);

  it('with a database from before versions of its own recalls them, and takes no file for an edit', async () => {
    for (let i = 0; i < 6; i++) write(name, `f${i}-${name}`, 'state 0');
    await everywhere();
    await backUp(name, ['database']);
    for (let i = 0; i < 6; i++) write(name, `f${i}-${name}`, 'state 1');
    await everywhere();
    for (let i = 0; i < 3; i++) write(name, `f${i}-${name}`, 'state 2');
    rmSync(at(name, `f5-${name}`));
    write(name, `g-${name}`, 'new');
    await everywhere();
    const site = sites.get(name);
    await stop(site);
    putBack(site, ['database']);
    write(other, `f1-${name}`, 'edited elsewhere');
    await until(async () => read('australia', `f1-${name}`) === 'edited elsewhere');
    const before = await versions(other);
    await start(site);
    await until(() => read(name, `f1-${name}`) === 'edited elsewhere', 60_000, 'the edit of the other one');
    await everywhere();
    expect(await versions(other)).toEqual(before);
    expect(read(name, `f0-${name}`)).toBe('state 2');
  }, 300_000);

  it('restored with its tree: edits stay edits, and old content is updated', async () => {
    for (const path of ['edited', 'old', 'deleted']) write(name, `${path}-${name}`, 'first');
    await everywhere();
    await backUp(name, ['database', 'tree']);
    write(name, `old-${name}`, 'second');
    await everywhere();
    write(other, `old-${name}`, 'third');
    rmSync(at(other, `deleted-${name}`));
    write(other, `later-${name}`, 'made later');
    await everywhere();
    const site = sites.get(name);
    await stop(site);
    putBack(site, ['database', 'tree']);
    write(name, `edited-${name}`, 'edited before it runs again');
    const before = await versions(other);
    await start(site);
    await until(() => read(other, `edited-${name}`) === 'edited before it runs again', 60_000, 'the edit');
    await everywhere();
    expect(read(name, `old-${name}`)).toBe('third');
    expect(await versions(other)).toEqual([...before, `${name}: file edited-${name} 27`].sort());
  }, 300_000);
});

it('a child whose database is older than its tree waits for its link, and knows what was edited meanwhile', async () => {
  const [name, other] = ['brazil', 'newzealand'];
  write(name, 'late', 'state 0');
  await everywhere();
  await backUp(name, ['database']);
  write(name, 'late', 'state 1');
  write(name, 'late-new', 'made later');
  await everywhere();
  const before = await versions(other);
  const site = sites.get(name);
  await stop(site);
  putBack(site, ['database']);
  site.setLinks(false);
  await start(site);
  write(name, 'while-cut', 'saved while the link was down');
  await until(
    async () => String((await site.status()).errors).includes('is older than its files'),
    30_000,
    'the doubt',
  );
  site.setLinks(true);
  await until(() => existsSync(at(other, 'while-cut')), 60_000, 'what was saved while the link was down');
  await everywhere();
  expect(await versions(other)).toEqual([...before, `${name}: file while-cut 29`].sort());
}, 300_000);

it('a child that starts without its link continues with new numbers, and everything is synced', async () => {
  const [name, other] = ['brazil', 'newzealand'];
  const site = sites.get(name);
  await site.stopAgent();
  site.setLinks(false);
  const before = await versions(other);
  await site.startAgent();
  write(name, 'alone', 'saved alone');
  const known = async () => ((await site.status()).vector as Record<string, { known: number }>)[name]?.known ?? 0;
  await until(async () => (await known()) > 2 ** 24, 30_000, 'a number far above the others');
  site.setLinks(true);
  await until(() => existsSync(at(other, 'alone')), 60_000, 'what was saved alone');
  await everywhere();
  expect(await versions(other)).toEqual([...before, `${name}: file alone 11`].sort());
}, 300_000);

it('a database that is replaced by an older one under a running agent is noticed before it is written to', async () => {
  const [name, other] = ['brazil', 'newzealand'];
  write(name, 'under', 'state 0');
  await everywhere();
  await backUp(name, ['database']);
  for (let i = 1; i < 8; i++) write(name, `under-${i}`, 'made since');
  write(name, 'under', 'state 1');
  await elsewhere(other, 'under');
  await everywhere();
  const before = await versions(other);
  const site = sites.get(name);
  await site.database.end();
  putBack(site, ['database']);
  write(name, 'while-away', 'saved while the database was away');
  await site.database.start();
  await until(() => existsSync(at(other, 'while-away')), 90_000, 'what was saved while it was away');
  await everywhere();
  expect(await versions(other)).toEqual([...before, `${name}: file while-away 33`].sort());
  expect(await versions(name)).toEqual(await versions(other));
}, 300_000);

it('a restored tree alone is updated, and takes nothing from the others', async () => {
  const [name, other] = ['brazil', 'newzealand'];
  write(name, 'kept', 'first');
  await everywhere();
  await backUp(name, ['tree']);
  write(name, 'kept', 'second');
  write(name, 'not-in-the-copy', 'made after it');
  await everywhere();
  const before = await versions(other);
  const site = sites.get(name);
  await stop(site);
  putBack(site, ['tree']);
  write(name, 'edited-after', 'saved before it runs again');
  await start(site);
  await until(() => existsSync(at(other, 'edited-after')), 60_000, 'the new file');
  await everywhere();
  expect(read(name, 'kept')).toBe('second');
  expect(await versions(other)).toEqual([...before, `${name}: file edited-after 26`].sort());
}, 300_000);

it.each(['brazil', 'australia'])(
  '%s, of which database and tree are lost, is heard again',
  async (name) => {
    const site = sites.get(name);
    const other = name === 'brazil' ? 'newzealand' : 'germany';
    await stop(site);
    rmSync(site.dir.mysql.data, { recursive: true });
    rmSync(site.root, { recursive: true });
    mkdirSync(site.root);
    await start(site);
    await everywhere();
    write(name, `again-${name}`, 'saved after all was lost');
    await until(() => existsSync(at(other, `again-${name}`)), 60_000, 'the new file');
    await everywhere();
  },
  150_000,
);

it('both hubs are restored with their trees', async () => {
  const hubs = ['germany', 'australia'];
  for (const name of hubs) await backUp(name, ['database', 'tree']);
  await connected(sites.all());
  for (const name of ['brazil', 'newzealand', ...hubs]) write(name, `since-${name}`, `of ${name}`);
  await everywhere();
  const before = await versions('brazil');
  for (const name of hubs) await stop(sites.get(name));
  for (const name of hubs) putBack(sites.get(name), ['database', 'tree']);
  write('brazil', 'while-away', 'saved while both were away');
  for (const name of hubs) await start(sites.get(name));
  await until(() => existsSync(at('newzealand', 'while-away')), 120_000, 'what was saved while both were away');
  await everywhere();
  expect(await versions('newzealand')).toEqual([...before, 'brazil: file while-away 26'].sort());
}, 300_000);

/** Statements at a site's database that are not in its log. */
async function secretly(name: string, ...statements: string[]): Promise<void> {
  const root = await sites.get(name).database.asRoot();
  await root.query('SET SESSION sql_log_bin = 0');
  for (const sql of statements) await root.query(sql);
  root.destroy();
}

it('rows that are missing or duplicate are copied again, and replication continues', async () => {
  await secretly('germany', 'DELETE FROM site_brazil.beat', 'DELETE FROM site_brazil.custody');
  await secretly('brazil', 'DELETE FROM site_newzealand.beat', 'DELETE FROM site_newzealand.custody');
  await secretly(
    'germany',
    `INSERT INTO site_brazil.conflict (origin, seq, winner_origin, winner_seq, at) VALUES ('brazil', 7, 'germany', 1, 1)`,
  );
  await sites
    .get('brazil')
    .database.pool.query(
      `INSERT INTO site_brazil.conflict (origin, seq, winner_origin, winner_seq, at) VALUES ('brazil', 7, 'germany', 1, 2)`,
    );
  await sites.get('brazil').database.pool.query(`DELETE FROM site_brazil.conflict`);
  write('brazil', 'after-errors', 'of brazil');
  write('newzealand', 'after-errors-too', 'of newzealand');
  await everywhere();
}, 300_000);

it('another machine that acts as the same site is noticed, and nothing is sent until somebody decides', async () => {
  const [hub, child] = [sites.get('germany'), sites.get('brazil')];
  await hub.stopAgent();
  const stopChannel = ENGINE === 'mysql' ? 'STOP REPLICA FOR CHANNEL ?' : 'STOP SLAVE ?';
  const root = await hub.database.asRoot();
  await root.query(stopChannel, ['brazil']);
  // What the other one says about itself when it was started from a copy.
  await secretly('germany', `UPDATE site_brazil.beat SET summary = '{"incarnations":["other@99"]}'`);
  await hub.database.end();
  await hub.database.start();
  await until(
    async () => String((await child.status()).errors).includes('another machine runs as'),
    60_000,
    'the error',
  );
  write('brazil', 'undecided', 'saved meanwhile');
  await hub.startAgent();
  await connected([hub]);
  expect(existsSync(at('germany', 'undecided'))).toBe(false);
  rmSync(child.dir.cloned);
  await until(() => existsSync(at('newzealand', 'undecided')), 60_000, 'what was saved meanwhile');
  await everywhere();
}, 300_000);
