import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSites } from '../support/agents.ts';
import { agree, connected } from '../support/agree.ts';
import { until } from '../support/until.ts';

/** A folder's disk is mounted anew while its site runs: brazil has its folder on a mount. */
const temp = mkdtempSync(join(tmpdir(), 'sitesync-remount-'));
const [disk, root] = ['disk', 'root'].map((name) => join(temp, name)) as [string, string];
const mount = (from: string) => spawnSync('mount', ['--bind', from, root]).status === 0;
/** As people do it while programs have files open there. */
const unmount = () => execFileSync('umount', ['--lazy', root]);
let sites: Awaited<ReturnType<typeof startSites>> | undefined;

beforeAll(async () => {
  for (const dir of [disk, root]) mkdirSync(dir);
  // Needs root.
  if (!mount(disk)) return;
  sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']], paths: { brazil: root } });
  await connected(sites.all());
}, 60_000);

afterAll(async () => {
  await sites?.stop();
  spawnSync('umount', ['--lazy', root]);
  rmSync(temp, { recursive: true, force: true });
}, 30_000);

const at = (name: string, path: string) => join(sites!.get(name).root, path);
const text = (name: string, path: string) => readFileSync(at(name, path), 'utf8');
/** Too large to travel in a row: it is fetched into the folder's disk, and renamed into place. */
const large = (word: string) => word.repeat(10_000);

it('the same disk: changes go on both ways', async ({ skip }) => {
  if (!sites) return skip('may not mount');
  writeFileSync(at('brazil', 'first'), large('first'));
  await agree(sites.all());
  unmount();
  await until(async () => !(await sites!.get('brazil').status()).inSync, 20_000, 'noticed');
  expect(mount(disk)).toBe(true);
  writeFileSync(at('germany', 'in'), large('in'));
  writeFileSync(at('germany', 'first'), large('second'));
  writeFileSync(at('brazil', 'out'), large('out'));
  await agree(sites.all());
  expect([text('brazil', 'in'), text('germany', 'out')]).toEqual([large('in'), large('out')]);
  expect(text('brazil', 'first')).toBe(large('second'));
}, 120_000);

it('without a moment in between: it is another mount all the same', async ({ skip }) => {
  if (!sites) return skip('may not mount');
  unmount();
  expect(mount(disk)).toBe(true);
  writeFileSync(at('germany', 'in'), large('anew'));
  writeFileSync(at('brazil', 'out'), large('also'));
  await agree(sites.all());
  expect([text('brazil', 'in'), text('germany', 'out')]).toEqual([large('anew'), large('also')]);
}, 120_000);
