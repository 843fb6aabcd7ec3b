import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePlan } from '../../src/agent/site/site-files.ts';
import { startSites } from '../support/agents.ts';
import { agree, connected } from '../support/agree.ts';
import { until } from '../support/until.ts';

/** A site is taken out of a folder's selection, and put into it again. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path: string) => join(sites.get(name).root, path);
const text = (name: string, path: string) =>
  existsSync(at(name, path)) ? readFileSync(at(name, path), 'utf8') : undefined;
/** Too large to travel in a row. */
const large = 'large'.repeat(10_000);

beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']] });
  await connected(sites.all());
}, 120_000);
afterAll(() => sites?.stop());

it('a site that leaves a folder waits for nothing of it, and deletes nothing for the others when it returns', async () => {
  const { dir, plan, status, root } = sites.get('brazil');
  for (const path of ['removed', 'edited', 'news', 'kept']) writeFileSync(at('brazil', path), `${path}, first`);
  await agree(sites.all());
  // It leaves while something is still on its way.
  const marker = join(root, '.sitesync/marker');
  renameSync(marker, `${marker}-away`);
  await until(async () => String((await status()).errors).includes('marker'), 20_000, 'noticed');
  writeFileSync(at('germany', 'news'), large);
  await until(async () => Number((await status()).filesBehind) > 0, 20_000, 'something that is wanted');
  writePlan(dir, { ...plan, folders: [] });
  await until(async () => (await status()).inSync, 20_000, 'nothing to be wanted');
  renameSync(`${marker}-away`, marker);
  rmSync(at('brazil', 'removed'));
  writeFileSync(at('brazil', 'edited'), 'edited while it was not shared');
  rmSync(at('germany', 'kept'));
  writePlan(dir, plan);
  await until(() => text('brazil', 'removed') === 'removed, first', 60_000, 'what was removed');
  await until(() => text('germany', 'edited') === 'edited while it was not shared', 60_000, 'the edit');
  await agree(sites.all());
  expect(text('brazil', 'news')).toBe(large);
  expect(readdirSync(sites.get('germany').root).sort()).toEqual(['.sitesync', 'edited', 'news', 'removed']);
}, 240_000);
