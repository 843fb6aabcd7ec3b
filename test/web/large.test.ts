import { afterAll, beforeAll, expect, test } from 'vitest';
import { refOf } from '../../src/agent/journal/path-ref.ts';
import type { Entries } from '../../src/web/contract/browse.ts';
import type { Found } from '../../src/web/contract/search.ts';
import { startSites } from '../support/agents.ts';
import { type Browser, browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

/** In one directory; the rest in others. */
const IN_ONE = 100_000;
const ALL = Number(process.env.SITESYNC_TEST_HEADS ?? IN_ONE);

let sites: Awaited<ReturnType<typeof startSites>>;
let anna: Browser;

beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [], page: true });
  const site = sites.get('germany');
  await writeUsers(site, [{ name: 'anna', folders: { '*': 'editor' } }]);
  anna = browser(site);
  await anna.signIn('anna');
  const root = await site.database.asRoot();
  const row = (path: string, seq: number, kind: string) => {
    const { dirKey, pathKey } = refOf('projects', path);
    return [dirKey, pathKey, 'projects', path, 'germany', seq, kind, seq, seq, 420, 1];
  };
  const directories = Array.from({ length: Math.ceil(ALL / IN_ONE) }, (_, i) => row(`many-${i}`, ALL + i + 1, 'dir'));
  const save = (rows: unknown[][]) =>
    root.query(
      'INSERT INTO local.head (dir_key, path_key, folder, path, origin, seq, kind, size, mtime_ns, mode, clock) VALUES ?',
      [rows],
    );
  await save(directories);
  for (let from = 0; from < ALL; from += 5000) {
    const rows = Array.from({ length: Math.min(5000, ALL - from) }, (_, i) => {
      const seq = from + i + 1;
      return row(`many-${Math.floor((seq - 1) / IN_ONE)}/Plan ${seq} of house ${seq % 977}.dwg`, seq, 'file');
    });
    await save(rows);
  }
}, 300_000);

afterAll(() => sites.stop(), 60_000);

async function timed<T>(what: string, task: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await task();
  if (process.env.SITESYNC_TEST_HEADS) console.log(what, Math.round(performance.now() - from), 'ms');
  return result;
}

test('a directory of 100,000 entries comes in pages, each once and in order, whatever the order', async () => {
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
      const page = await timed(`${sort} page ${pages}`, () => anna.get<Entries>(`/folders/projects/entries?${query}`));
      expect(page.total).toBe(cursor === '' ? IN_ONE : null);
      for (const { path } of page.entries) seen.add(path);
      cursor = page.next ?? '';
      pages++;
    } while (cursor !== '' && pages < 5);
    expect(seen.size).toBe(5000);
  }
});

test('parts of names are found, also while the names are still being read', async () => {
  const find = (query: string) => anna.get<Found>(`/search?${query}`);
  await timed('first search', () => find('q=house'));
  const { entries } = await until(
    async () => {
      const found = await find('q=plan%2099999');
      return found.complete ? found : undefined;
    },
    60_000,
    'all names',
  );
  expect(entries.map(({ entry }) => entry.name)).toContain('Plan 99999 of house 345.dwg');
  const rare = await timed('rare', () => find('q=HOUSE%20976%2099&limit=500'));
  expect(rare.entries.length).toBeGreaterThan(0);
  await timed('nothing', () => find('q=zzzz'));
  expect((await timed('common', () => find('q=plan'))).more).toBe(true);
  expect((await timed('filtered', () => find('q=plan&minSize=99990&maxSize=99999'))).entries).toHaveLength(10);
  await timed('size only', () => find('minSize=99999&maxSize=99999'));
  expect((await timed('end of the name', () => find('q=plan&extension=DWG'))).more).toBe(true);
  const nothing = { entries: [], more: false, complete: true };
  for (const [what, query] of [
    ['no end of any name', 'q=plan&extension=dw'],
    ['made elsewhere', 'q=plan&origin=brazil'],
    ['missing where nothing is', 'q=plan&missingAt=germany'],
    ['one letter and no size', `q=a&minSize=${10 * ALL}`],
    ['many parts and no size', `q=plan%20house%20of%20dwg%20an%20ous&minSize=${10 * ALL}`],
    ['two parts that never meet', 'q=plan%201%20house%202&extension=dwg1'],
    ['a folder that is not there', 'q=plan&folder=photos'],
    ['two names at once', 'q=dwg%00plan'],
  ] as const)
    expect(await timed(what, () => find(query)), what).toEqual(nothing);
});
