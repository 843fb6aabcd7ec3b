import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePlan } from '../../src/agent/site/site-files.ts';
import { ignoredPatterns } from '../../src/topology/ignored.ts';
import type { FolderPlan } from '../../src/topology/site-plan.ts';
import { startSites, type TestSite } from '../support/agents.ts';
import { until } from '../support/until.ts';

/** A share of an earlier release: nothing is ignored, any name will do. */
let sites: Awaited<ReturnType<typeof startSites>>;
beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']] });
});
afterAll(() => sites?.stop());

const at = (site: string, path: string) => join(sites.get(site).root, path);
const put = (site: string, path: string, text: string) => {
  mkdirSync(dirname(at(site, path)), { recursive: true });
  writeFileSync(at(site, path), text);
};
let marks = 0;
/** What was done before at brazil has been seen there, and has reached germany. */
async function passed(): Promise<void> {
  const mark = `mark ${++marks}`;
  put('brazil', mark, mark);
  await until(() => existsSync(at('germany', mark)), 30_000, mark);
}
const all = (): TestSite[] => sites.all();
const change = (folder: Partial<FolderPlan>) => {
  for (const { dir, plan } of all())
    writePlan(dir, { ...plan, folders: plan.folders.map((one) => ({ ...one, ...folder })) });
};
const areInSync = async () => (await Promise.all(all().map((site) => site.status()))).every(({ inSync }) => inSync);

it('what is ignored by a new release, and was synced before, is deleted nowhere, whatever happens to it', async () => {
  const used = ['@eaDir/thumb.jpg', 'photos/@eaDir/thumb.jpg', '.recycle/old.doc', 'kept.txt'];
  for (const path of used) put('brazil', path, path);
  for (const path of used) await until(() => existsSync(at('germany', path)), 30_000, path);
  change({ ignore: ignoredPatterns([]) });
  let probe = 0;
  await until(
    async () => {
      put('brazil', `lost+found/${++probe}`, 'probe');
      await passed();
      return !existsSync(at('germany', `lost+found/${probe}`));
    },
    60_000,
    'the rule counts',
  );
  rmSync(at('brazil', '@eaDir'), { recursive: true });
  put('brazil', '.recycle/old.doc', 'edited');
  put('germany', 'photos/@eaDir/thumb.jpg', 'edited at germany');
  await passed();
  await until(areInSync, 60_000, 'in sync');
  expect(readFileSync(at('germany', '@eaDir/thumb.jpg'), 'utf8')).toBe('@eaDir/thumb.jpg');
  expect(readFileSync(at('germany', '.recycle/old.doc'), 'utf8')).toBe('.recycle/old.doc');
  expect(readFileSync(at('brazil', 'photos/@eaDir/thumb.jpg'), 'utf8')).toBe('photos/@eaDir/thumb.jpg');
});

it('a pattern that a folder takes back is synced again, with what each site has by then', async () => {
  change({ ignore: ignoredPatterns(['!@eaDir']) });
  const arrived = () => readFileSync(at('brazil', 'photos/@eaDir/thumb.jpg'), 'utf8') === 'edited at germany';
  await until(arrived, 90_000, 'the edit of that time');
  // So does a deletion of that time, and what it deletes is in the archive.
  await until(() => !existsSync(at('germany', '@eaDir')), 90_000, 'the deletion of that time');
  await until(areInSync, 60_000, 'in sync');
}, 200_000);

it('names that not all clients can use are reported where they were given, and synced all the same', async () => {
  put('brazil', 'plans/north:south.dwg', '1');
  put('brazil', 'plans/Plan.dwg', '2');
  put('brazil', 'plans/plan.dwg', '3');
  put('germany', 'plans/CON', '4');
  await passed();
  change({ names: 'portable' });
  const told = async (site: string) => {
    const { problems } = (await sites.get(site).status()) as { problems: { code: string; params: object }[] };
    return problems.find(({ code }) => code === 'namesNotPortable')?.params;
  };
  const says = (site: string, params?: object) =>
    until(
      async () => JSON.stringify(await told(site)) === JSON.stringify(params),
      60_000,
      `what ${site} says: ${JSON.stringify(params)}`,
    );
  await says('brazil', {
    folder: 'projects',
    count: 2,
    names: '"plans/north:south.dwg" → "north_south.dwg", "plans/plan.dwg" → "plan (2).dwg"',
  });
  await says('germany', { folder: 'projects', count: 1, names: '"plans/CON" → "CON_"' });
  await until(areInSync, 60_000, 'in sync');
  expect(readdirSync(at('germany', 'plans')).sort()).toEqual(['CON', 'Plan.dwg', 'north:south.dwg', 'plan.dwg']);
  renameSync(at('brazil', 'plans/north:south.dwg'), at('brazil', 'plans/north_south.dwg'));
  renameSync(at('brazil', 'plans/plan.dwg'), at('brazil', 'plans/plan (2).dwg'));
  await says('brazil');
  change({});
  await says('germany');
});
