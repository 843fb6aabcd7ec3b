import type { SearchResults } from '../../../src/web/contract/search.ts';
import { startSites } from '../../../test/support/agents.ts';
import { fillHeads } from '../../../test/support/heads.ts';
import { browser, writeUsers } from '../../../test/support/page.ts';
import { until } from '../../../test/support/until.ts';
import { median } from '../measure.ts';
import type { Figures } from './report.ts';

/** Searches, among them the worst ones found: description and query. */
const queries = (heads: number): [what: string, query: string][] => [
  ['a common word', 'q=plan'],
  ['a part that occurs in no name', 'q=zzzz'],
  ['a common word and a size that few files have', `q=plan&minSize=${heads - 10}&maxSize=${heads - 1}`],
  ['three parts, one of which is in every name, 500 results', 'q=HOUSE%20976%2099&limit=500'],
  ['a size alone', `minSize=${heads - 1}&maxSize=${heads - 1}`],
  ['a common word and an extension that no name has', 'q=plan&extension=dw'],
  ['a common word and an office that created nothing', 'q=plan&origin=brazil'],
  ['a common word and an office that lacks nothing', 'q=plan&missingAt=germany'],
  ['one letter and a size that no file has', `q=a&minSize=${10 * heads}`],
  [
    'six parts that are in every name and a size that no file has',
    `q=plan%20house%20of%20dwg%20an%20ous&minSize=${10 * heads}`,
  ],
];

/** Searches over HTTP among this many names, each repeated `runs` times. */
export async function measureSearch(heads: number, runs: number): Promise<Figures['search']> {
  const sites = await startSites({ hubs: ['germany'], links: [], page: true });
  try {
    const site = sites.get('germany');
    await writeUsers(site, [{ name: 'anna', folders: { '*': 'editor' } }]);
    const anna = browser(site);
    await anna.signIn('anna');
    await fillHeads(await site.database.asRoot(), heads);
    const find = (query: string) => anna.get<SearchResults>(`/search?${query}`);
    const all = `q=Plan%20${heads}%20`;
    await until(async () => (await find(all)).complete, 120_000, 'all names');
    const asked = [];
    for (const [what, query] of queries(heads)) {
      const times = [];
      for (let run = 0; run < runs; run++) {
        const from = performance.now();
        const { complete } = await find(query);
        times.push(performance.now() - from);
        if (!complete) throw new Error(`${what}: the answer was cut short`);
      }
      asked.push({ what, ms: median(times) });
    }
    return { heads, asked };
  } finally {
    await sites.stop();
  }
}
