import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
const at = (site: string, path: string) => join(sites.get(site).root, path);
const mode = (site: string, path: string) => (statSync(at(site, path)).mode & 0o777).toString(8);
const arrives = (path: string, text: string) =>
  until(() => readFileSync(at('brazil', path), 'utf8') === text, 30_000, path);

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [['brazil', 'germany']],
    folder: { metadata: { mode: 'executable' } },
  });
});
afterAll(() => sites?.stop());

it('only whether a file is executable travels; else it is as its directory', async () => {
  mkdirSync(at('germany', 'team'));
  writeFileSync(at('germany', 'team/first'), 'first');
  await arrives('team/first', 'first');
  chmodSync(at('brazil', 'team'), 0o770);
  await sites.get('brazil').api('/api/v1/settle', { method: 'POST' });
  for (const [name, bits] of [
    ['plain', 0o604],
    ['program', 0o700],
  ] as const) {
    writeFileSync(at('germany', `team/${name}`), name);
    chmodSync(at('germany', `team/${name}`), bits);
    await arrives(`team/${name}`, name);
  }
  expect([mode('brazil', 'team/plain'), mode('brazil', 'team/program')]).toEqual(['660', '770']);
  chmodSync(at('germany', 'team/plain'), 0o744);
  await until(() => mode('brazil', 'team/plain') === '770', 20_000, 'the change');
  chmodSync(at('brazil', 'team/program'), 0o640);
  await until(() => mode('germany', 'team/program') === '600', 20_000, 'the change back');
  expect([mode('germany', 'team'), mode('brazil', 'team')]).toEqual(['755', '770']);
});
