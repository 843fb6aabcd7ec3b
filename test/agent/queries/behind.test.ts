import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { behindOf, beyond } from '../../../src/agent/queries/behind.ts';
import type { SiteView } from '../../../src/agent/site/site.ts';
import type { FolderPlan } from '../../../src/topology/site-plan.ts';
import { minimalPlan, startDatabase, type TestDatabase } from '../../support/database.ts';

const NOW = 1_800_000_000_000;
const folder = (name: string, members: string[]): FolderPlan => ({
  name,
  mode: 'readWrite',
  versions: { keep: 1, maxAgeSeconds: 1, maxBytes: 1 },
  freshnessSeconds: 900,
  ignore: [],
  members,
});
const names = ['brazil', 'germany', 'spain'];
const nothing = { lagSeconds: 0, filesBehind: 0, bytesBehind: 0, rowsBehind: 0, more: false, folders: {} };
let database: TestDatabase;
const known = () =>
  ({
    store: { db: database.pool },
    now: () => NOW,
    plan: { ...database.plan, folders: [folder('all', names), folder('two', ['brazil', 'germany'])] },
  }) as SiteView;
const behind = (name: string, ahead = 0) => behindOf(known(), name, () => ahead);

beforeAll(async () => {
  database = await startDatabase(await minimalPlan('germany', names, ['germany']));
  const root = await database.asRoot();
  // Six versions of brazil, ten bytes and one minute apart; the even ones in a folder that spain does not have.
  const versions = [1, 2, 3, 4, 5, 6].map((seq) => [seq, seq % 2 ? 'all' : 'two', 10 * seq, NOW - (7 - seq) * 60_000]);
  for (const [seq, name, size, at] of versions)
    await root.query(
      `INSERT INTO site_brazil.version (seq, folder, path, path_key, kind, size, mtime_ns, mode, clock, author, detected_at)
         VALUES (?, ?, 'a', 'k', 'file', ?, 0, 420, 1, '', ?)`,
      [seq, name, size, at],
    );
  await root.query("INSERT INTO local.progress VALUES ('brazil', 6, 1), ('spain', 0, 0)");
});
afterAll(() => database?.stop());

async function confirms(site: string, held: number, knownUpTo: number, missing: string): Promise<void> {
  const root = await database.asRoot();
  await root.query<RowDataPacket[]>(`REPLACE INTO site_${site}.custody VALUES ('brazil', ?, ?, ?)`, [
    held,
    knownUpTo,
    missing,
  ]);
}

it('a site that never confirmed anything lacks everything in its folders', async () => {
  expect(await behind('spain')).toEqual({
    lagSeconds: 360,
    filesBehind: 3,
    bytesBehind: 90,
    rowsBehind: 6,
    more: false,
    folders: { all: { lagSeconds: 360, filesBehind: 3, bytesBehind: 90 } },
  });
});

it('the origin lacks none of its own', async () => {
  expect(await behind('brazil')).toEqual(nothing);
});

it('a site lacks what it says it lacks, and what it has not heard of', async () => {
  await confirms('spain', 2, 5, '3');
  expect(await behind('spain')).toMatchObject({ filesBehind: 1, bytesBehind: 30, lagSeconds: 240, rowsBehind: 1 });
  await confirms('germany', 4, 4, '');
  expect(await behind('germany')).toMatchObject({
    filesBehind: 2,
    bytesBehind: 110,
    rowsBehind: 2,
    folders: { all: { lagSeconds: 120, bytesBehind: 50 }, two: { lagSeconds: 60, bytesBehind: 60 } },
  });
});

it('an unreadable custody confirms nothing above the watermark', async () => {
  await confirms('spain', 2, 6, 'nonsense');
  expect(await behind('spain')).toMatchObject({ filesBehind: 2, bytesBehind: 80 });
});

it('the age of a version is measured by the clock of its site', async () => {
  await confirms('spain', 4, 6, '5-6');
  expect((await behind('spain')).lagSeconds).toBe(120);
  expect((await behind('spain', 3_600_000)).lagSeconds).toBe(3720);
  expect((await behind('spain', -100_000)).lagSeconds).toBe(20);
});

it('nothing is behind once everything is confirmed', async () => {
  await confirms('spain', 6, 6, '');
  expect(await behind('spain')).toEqual(nothing);
});

it('a site that heard of an origin up to a version lacks what came after it, in its folders', async () => {
  const lacks = { lagSeconds: 240, filesBehind: 2, bytesBehind: 80, more: false };
  expect(await beyond(known(), 'spain', 'brazil', 2, 0)).toMatchObject(lacks);
  expect(await beyond(known(), 'spain', 'brazil', 6, 0)).toEqual(nothing);
});
