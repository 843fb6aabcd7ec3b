import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Entries, Entry } from '../../src/web/contract/browse.ts';
import type { Timeline } from '../../src/web/contract/network.ts';
import type { Conflict, Conflicts, Versions } from '../../src/web/contract/versions.ts';
import { startSites } from '../support/agents.ts';
import { type Browser, browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

const SITES = ['brazil', 'germany', 'spain'];
let sites: Awaited<ReturnType<typeof startSites>>;
const people = new Map<string, Browser>();
const at = (site: string) => people.get(site)!;

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [
      ['brazil', 'germany'],
      ['spain', 'germany'],
    ],
    page: true,
  });
  for (const site of sites.all()) {
    await writeUsers(site, [{ name: 'anna', folders: { projects: 'editor' } }]);
    const person = browser(site);
    await until(async () => (await person.signIn('anna')).ok, 20_000, 'the user');
    people.set(site.plan.site, person);
  }
}, 60_000);
afterAll(() => sites.stop(), 60_000);

const fileAt = (site: string, name: string) => join(sites.get(site).root, name);
const namesAt = (site: string, start: string) =>
  readdirSync(sites.get(site).root)
    .filter((name) => name.startsWith(start))
    .sort();
const entryAt = async (site: string, name: string): Promise<Entry | undefined> =>
  (await at(site).get<Entries>('/folders/projects/entries')).entries.find((entry) => entry.name === name);
const listedAt = async (site: string, path: string) =>
  (await at(site).get<Conflicts>('/conflicts')).conflicts.filter((one) => one.path === path);
const versionsOf = async (path: string, site = 'brazil') =>
  (await at(site).get<Versions>(`/folders/projects/versions?path=${path}`)).versions;
const counted = async () =>
  (await Promise.all(sites.all().map((site) => site.status()))).reduce(
    (sum, { conflicts }) => sum + Number(conflicts),
    0,
  );

/** Makes concurrent edits at brazil and germany, and waits until every office shows the conflict. */
async function meet(name: string): Promise<Conflict> {
  writeFileSync(fileAt('brazil', name), 'start');
  await until(() => SITES.every((site) => namesAt(site, name).length === 1), 20_000, 'the file everywhere');
  const germany = sites.get('germany').database.pid()!;
  process.kill(germany, 'SIGSTOP');
  try {
    writeFileSync(fileAt('brazil', name), 'of brazil');
    writeFileSync(fileAt('germany', name), 'of germany');
    await until(async () => (await versionsOf(name)).length > 1, 10_000, 'the edit of brazil');
  } finally {
    process.kill(germany, 'SIGCONT');
  }
  return until(
    async () => {
      for (const site of SITES) {
        if (namesAt(site, name.slice(0, -4)).length !== 2 || !(await entryAt(site, name))?.conflict) return undefined;
        if ((await listedAt(site, name)).length !== 1) return undefined;
      }
      return (await counted()) === 1 ? (await listedAt('spain', name))[0] : undefined;
    },
    30_000,
    'the conflict everywhere',
  );
}

/** What was just placed or removed is in the database a moment later: until then it is "on its way". */
const settleAt = (site: string, resolution: { path: string; copy: string; copyVersion: string; keep: string }) =>
  until(
    () =>
      at(site)
        .post('/folders/projects/resolutions', resolution)
        .then(() => true),
    20_000,
    'the settling',
  );

const isOver = (name: string) =>
  until(
    async () => {
      const left = [];
      for (const site of SITES) {
        if ((await entryAt(site, name))?.conflict) left.push(`the mark at ${site}`);
        if ((await listedAt(site, name)).length > 0) left.push(`the list of ${site}`);
      }
      if ((await counted()) > 0) left.push('the count');
      return left.length === 0;
    },
    20_000,
    'the conflict to be over everywhere',
  );

for (const keep of ['winner', 'loser', 'both'] as const)
  test(`a conflict that is settled is over at every office, and nothing is lost: keep ${keep}`, async () => {
    const name = `${keep}.txt`;
    const { path, copy, copyVersion, losing, sides } = await meet(name);
    expect(path).toBe(name);
    const file = { winner: `of ${sides.winner.origin}`, loser: `of ${sides.loser.origin}` };
    // At neither of the two offices that made the edits.
    await settleAt('spain', { path, copy, copyVersion, keep });
    const stays = keep === 'loser' ? file.loser : file.winner;
    const count = keep === 'both' ? 2 : 1;
    await isOver(name);
    await until(
      () =>
        SITES.every(
          (site) => namesAt(site, keep).length === count && readFileSync(fileAt(site, name), 'utf8') === stays,
        ),
      20_000,
      'the same files everywhere',
    );
    const versions = await versionsOf(name, 'germany');
    expect(versions.filter(({ head }) => head)).toMatchObject([{ author: 'anna', origin: 'spain' }]);
    expect(versions[0]!.head).toBe(true);
    const what = keep === 'loser' ? 'settledThat' : 'settledThis';
    expect(versions.map((version) => version.what)).toEqual([what, 'changed', 'changed', 'made']);
    const { happenings } = await at('brazil').get<Timeline>('/timeline');
    expect(happenings.filter((one) => one.path === name).map((one) => one.what)).toContain(what);
    const other = keep === 'loser' ? versions.find((one) => one.version === sides.winner.version) : { version: losing };
    await at('germany').post('/folders/projects/restores', { path, version: other!.version });
    expect(readFileSync(fileAt('germany', name), 'utf8')).toBe(keep === 'loser' ? file.winner : file.loser);
  });

test('removing the copy on disk resolves a conflict; a later edit does not', async () => {
  await meet('hand.txt');
  rmSync(fileAt('spain', namesAt('spain', 'hand').find((name) => name !== 'hand.txt')!));
  await isOver('hand.txt');
  writeFileSync(fileAt('germany', 'hand.txt'), 'edited on');
  await until(
    () => SITES.every((site) => readFileSync(fileAt(site, 'hand.txt'), 'utf8') === 'edited on'),
    20_000,
    'it',
  );
  await isOver('hand.txt');
});

test('the copy of an edit may stay when the file itself was deleted', async () => {
  const { path, copy, copyVersion } = await meet('gone.txt');
  await at('germany').post('/folders/projects/deletions', { paths: [path] });
  await until(() => SITES.every((site) => namesAt(site, 'gone').length === 1), 20_000, 'the deletion everywhere');
  expect(await listedAt('spain', path)).toHaveLength(1);
  await settleAt('spain', { path, copy, copyVersion, keep: 'both' });
  await isOver('gone.txt');
  expect(SITES.map((site) => namesAt(site, 'gone').length)).toEqual([1, 1, 1]);
});

test('two users who resolve a conflict at once, and a third who edits the file meanwhile, cause no new one', async () => {
  const { path, copy, copyVersion } = await meet('crowd.txt');
  const germany = sites.get('germany').database.pid()!;
  const resolution = { path, copy, copyVersion, keep: 'both' };
  process.kill(germany, 'SIGSTOP');
  try {
    await settleAt('brazil', resolution);
    await settleAt('spain', resolution);
    writeFileSync(fileAt('germany', 'crowd.txt'), 'edited on');
  } finally {
    process.kill(germany, 'SIGCONT');
  }
  await until(
    () => SITES.every((site) => readFileSync(fileAt(site, 'crowd.txt'), 'utf8') === 'edited on'),
    20_000,
    'it',
  );
  await isOver('crowd.txt');
  expect(SITES.map((site) => namesAt(site, 'crowd').length)).toEqual([2, 2, 2]);
});
