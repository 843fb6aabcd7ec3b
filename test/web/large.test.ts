import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Entries } from '../../src/web/contract/browse.ts';
import type { SearchResults } from '../../src/web/contract/search.ts';
import { startSites } from '../support/agents.ts';
import { fillHeads, IN_ONE } from '../support/heads.ts';
import { type Browser, browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
let anna: Browser;

beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [], page: true });
  const site = sites.get('germany');
  await writeUsers(site, [{ name: 'anna', folders: { '*': 'editor' } }]);
  anna = browser(site);
  await until(async () => (await anna.signIn('anna')).ok, 20_000, 'the user');
  await fillHeads(await site.database.asRoot(), IN_ONE);
}, 300_000);

afterAll(() => sites.stop(), 60_000);

test('a directory of 100,000 entries is listed in pages, each entry once and in order, for every sorting', async () => {
  for (const [sort, order] of [
    ['name', 'asc'],
    ['size', 'desc'],
    ['mtime', 'asc'],
  ]) {
    const seen = new Set<string>();
    let cursor = '';
    let pages = 0;
    do {
      const query = `path=many-0&sort=${sort}&order=${order}&limit=1000${cursor && `&cursor=${cursor}`}`;
      const page = await anna.get<Entries>(`/folders/projects/entries?${query}`);
      expect(page.total).toBe(cursor === '' ? IN_ONE : null);
      for (const { path } of page.entries) seen.add(path);
      cursor = page.next ?? '';
      pages++;
    } while (cursor !== '' && pages < 5);
    expect(seen.size).toBe(5000);
  }
});

test('parts of names are found, also while the names are still being read', async () => {
  const find = (query: string) => anna.get<SearchResults>(`/search?${query}`);
  await find('q=house');
  const { entries } = await until(
    async () => {
      const found = await find('q=plan%2099999');
      return found.complete ? found : undefined;
    },
    60_000,
    'all names',
  );
  expect(entries.map(({ entry }) => entry.name)).toContain('Plan 99999 of house 345.dwg');
  const rare = await find('q=HOUSE%20976%2099&limit=500');
  expect(rare.entries.length).toBeGreaterThan(0);
  await find('q=zzzz');
  expect((await find('q=plan')).more).toBe(true);
  expect((await find('q=plan&minSize=99990&maxSize=99999')).entries).toHaveLength(10);
  await find('minSize=99999&maxSize=99999');
  expect((await find('q=plan&extension=DWG')).more).toBe(true);
  const nothing = { entries: [], more: false, complete: true };
  for (const [what, query] of [
    ['no end of any name', 'q=plan&extension=dw'],
    ['made elsewhere', 'q=plan&origin=brazil'],
    ['missing where nothing is', 'q=plan&missingAt=germany'],
    ['one letter and no size', `q=a&minSize=${10 * IN_ONE}`],
    ['many parts and no size', `q=plan%20house%20of%20dwg%20an%20ous&minSize=${10 * IN_ONE}`],
    ['two parts that never meet', 'q=plan%201%20house%202&extension=dwg1'],
    ['a folder that is not there', 'q=plan&folder=photos'],
    ['two names at once', 'q=dwg%00plan'],
  ] as const)
    expect(await find(query), what).toEqual(nothing);
});
