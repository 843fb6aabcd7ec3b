import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteSchema } from '../../../src/database/schema.ts';
import { FOUR_SITES, startSites, type TestSite } from '../../support/agents.ts';
import { agree, connected } from '../../support/agree.ts';
import { until } from '../../support/until.ts';

/** Databases and trees are put back from copies, or lost, while the rest of the network goes on. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path: string) => join(sites.get(name).root, path);
const write = (name: string, path: string, text: string) => writeFileSync(at(name, path), text);
const read = (name: string, path: string) => readFileSync(at(name, path), 'utf8');
const everywhere = () => agree(sites.all());

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

/** Copies what a stopped site has. */
async function backUp(name: string, parts: Part[]): Promise<void> {
  const site = sites.get(name);
  await stop(site);
  for (const part of parts)
    cpSync(placeOf(site, part), copyOf(site, part), { recursive: true, preserveTimestamps: true });
  await start(site);
}

/** Puts the copy in the place of what is there; the site must not run. */
function putBack(site: TestSite, parts: Part[]): void {
  for (const part of parts) {
    rmSync(placeOf(site, part), { recursive: true });
    cpSync(copyOf(site, part), placeOf(site, part), { recursive: true, preserveTimestamps: true });
    rmSync(copyOf(site, part), { recursive: true });
  }
}

/** Every version that there is, as one site has them: who said what of which path. */
async function versions(seenAt: string): Promise<string[]> {
  const said: string[] = [];
  for (const { plan } of sites.all()) {
    const { pool } = sites.get(seenAt).database;
    const [rows] = await pool.query<RowDataPacket[]>(`SELECT kind, path, size FROM ${siteSchema(plan.site)}.version`);
    said.push(...rows.map((row) => `${plan.site}: ${row.kind} ${row.path} ${row.size}`));
  }
  return said.sort();
}

/** Confirmations and heartbeats of `name` that no version of its own comes with. */
async function elsewhere(name: string, text: string): Promise<void> {
  for (let i = 0; i < 12; i++) {
    write(name, `news-${i % 4}`, `${text} ${i}`);
    await until(async () => sites.all().every(({ plan: { site } }) => read(site, `news-${i % 4}`) === `${text} ${i}`));
  }
}

describe.each(['brazil', 'germany'])('%s', (name) => {
  const other = 'newzealand';

  it('whose database comes back from before rows that came with no version of its own is heard', async () => {
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
  }, 150_000);

  it('whose database comes back from before versions of its own knows them again, and takes no file for an edit', async () => {
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
  }, 150_000);

  it('that comes back with its tree from before: edits stay edits, and what is merely old is brought up to date', async () => {
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
  }, 150_000);
});
