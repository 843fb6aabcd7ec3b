import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']] });
});
afterAll(() => sites?.stop());

const at = (site: string, path: string) => join(sites.get(site).root, path);
const read = (site: string, path: string) => (existsSync(at(site, path)) ? readFileSync(at(site, path), 'utf8') : '');
const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const archived = (site: string, text: string) => at(site, `.sitesync/archive/${sha(text).slice(0, 2)}/${sha(text)}`);

async function arrives(site: string, path: string, text: string): Promise<void> {
  await until(() => read(site, path) === text, 20_000, `"${text}" at ${site}`);
}

/** What was replaced reaches the archive a moment after the new content is visible. */
async function kept(site: string, text: string): Promise<void> {
  await until(() => existsSync(archived(site, text)), 10_000, `"${text}" in the archive of ${site}`);
  expect(readFileSync(archived(site, text), 'utf8')).toBe(text);
}

it('what a program saves late, into a file that another office has replaced meanwhile, is kept beside it everywhere', async () => {
  writeFileSync(at('germany', 'costs.xls'), 'the first version');
  await arrives('brazil', 'costs.xls', 'the first version');
  const open = openSync(at('brazil', 'costs.xls'), 'r+');
  writeFileSync(at('germany', 'costs.xls'), 'the second version');
  await arrives('brazil', 'costs.xls', 'the second version');
  // While it is open its final content is unknown; what it contained is in the archive.
  await kept('brazil', 'the first version');
  writeSync(open, 'THE FIRST VERSION, saved late', 0);
  closeSync(open);
  const beside = (site: string) =>
    readdirSync(sites.get(site).root).find((name) => name.startsWith('costs (conflict brazil '));
  for (const site of ['brazil', 'germany']) {
    const name = await until(() => beside(site), 20_000, `the late save at ${site}`);
    await arrives(site, name, 'THE FIRST VERSION, saved late');
    expect(read(site, 'costs.xls')).toBe('the second version');
  }
  expect(readFileSync(archived('brazil', 'the first version'), 'utf8')).toBe('the first version');
  await until(() => readdirSync(at('brazil', '.sitesync/replaced')).length === 0, 10_000, 'nothing left to watch');
});

it('a file that was open but not written leaves nothing behind', async () => {
  writeFileSync(at('germany', 'log.txt'), 'one');
  await arrives('brazil', 'log.txt', 'one');
  const open = openSync(at('brazil', 'log.txt'), 'r+');
  writeFileSync(at('germany', 'log.txt'), 'two');
  await arrives('brazil', 'log.txt', 'two');
  closeSync(open);
  await until(() => readdirSync(at('brazil', '.sitesync/replaced')).length === 0, 10_000, 'nothing left to watch');
  expect(readdirSync(sites.get('brazil').root).filter((name) => name.startsWith('log'))).toEqual(['log.txt']);
  await kept('brazil', 'one');
});

it('an archived version never changes through another name of its file', async () => {
  writeFileSync(at('brazil', 'plan'), 'as it was');
  await arrives('germany', 'plan', 'as it was');
  linkSync(at('brazil', 'plan'), at('brazil', 'other name'));
  await arrives('germany', 'other name', 'as it was');
  writeFileSync(at('germany', 'plan'), 'as it is');
  await arrives('brazil', 'plan', 'as it is');
  await kept('brazil', 'as it was');
  writeFileSync(at('brazil', 'other name'), 'AS IT IS');
  expect(readFileSync(archived('brazil', 'as it was'), 'utf8')).toBe('as it was');
  expect(statSync(archived('brazil', 'as it was')).nlink).toBe(1);
  await arrives('germany', 'other name', 'AS IT IS');
  expect(read('germany', 'plan')).toBe('as it is');
});
