import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeldChanges, HeldOutcome } from '../../../src/web/contract/held.ts';
import { startSites } from '../../support/agents.ts';
import { treeOf } from '../../support/tree.ts';
import { until } from '../../support/until.ts';

/** A child, its hub and another child: what is removed at one of them by mistake. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path = '') => join(sites.get(name).root, path);
const held = async (name = 'brazil') => Number((await sites.get(name).status()).held);

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [
      ['brazil', 'germany'],
      ['spain', 'germany'],
    ],
    beatSeconds: 5,
  });
  await until(
    async () => (await Promise.all(sites.all().map((site) => site.status()))).every((status) => status.connected),
    30_000,
    'all connected',
  );
}, 60_000);
afterAll(() => sites?.stop(), 60_000);

/** `count` files in directories of 50, each with a content of its own. */
function write(site: string, dir: string, count: number, text = 'content'): void {
  for (let i = 0; i < count; i++) {
    mkdirSync(at(site, `${dir}/${Math.floor(i / 50)}`), { recursive: true });
    writeFileSync(at(site, `${dir}/${Math.floor(i / 50)}/${i}.txt`), `${text} ${dir} ${i}`);
  }
}

async function everywhere(name = 'brazil', timeoutMs = 60_000): Promise<void> {
  const wanted = () => JSON.stringify(treeOf(at(name)));
  await until(() => sites.all().every((site) => JSON.stringify(treeOf(site.root)) === wanted()), timeoutMs, 'equal');
  await until(
    async () => (await Promise.all(sites.all().map((site) => site.status()))).every((status) => status.inSync),
    timeoutMs,
    'all in sync',
  );
}

async function decide(verdict: 'approve' | 'reject', paths?: string[], site = 'brazil'): Promise<HeldOutcome> {
  const response = await sites.get(site).api(`/api/v1/held/${verdict}`, {
    method: 'POST',
    body: JSON.stringify({ folder: 'projects', ...(paths ? { paths } : { all: true }) }),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as HeldOutcome;
}

const listed = async (site = 'brazil') =>
  (await (await sites.get(site).api('/api/v1/held/changes?folder=projects&limit=1000')).json()) as HeldChanges;

describe('a mass deletion', () => {
  it('is held: nothing is removed elsewhere, other changes flow, a part is approved and the rest put back', async () => {
    write('brazil', 's1', 300);
    await everywhere();
    const before = treeOf(at('germany'));
    for (const dir of ['0', '1', '2']) rmSync(at('brazil', `s1/${dir}`), { recursive: true });
    for (let i = 150; i < 180; i++) rmSync(at('brazil', `s1/3/${i}.txt`));
    await until(async () => (await held()) === 183, 20_000, 'held');
    writeFileSync(at('brazil', 'flows.txt'), 'flows');
    await until(() => existsSync(at('spain', 'flows.txt')), 20_000, 'another change');
    const { 'flows.txt': _, ...now } = treeOf(at('germany'));
    expect(now).toEqual(before);
    expect((await sites.get('brazil').status()).inSync).toBe(false);
    const list = await listed();
    expect(list.changes).toBe(183);
    expect(list.held[0]).toMatchObject({ path: 's1/0', kind: 'deleted', before: { kind: 'dir' }, after: null });

    expect(await decide('approve', ['s1/0', 's1/3/150.txt'])).toEqual({
      decided: 52,
      left: 131,
      goesOn: false,
      refused: [],
    });
    await until(() => !existsSync(at('spain', 's1/0')) && !existsSync(at('spain', 's1/3/150.txt')), 20_000, 'removed');
    expect(readdirSync(at('spain', 's1/1'))).toHaveLength(50);

    expect(await decide('reject')).toMatchObject({ decided: 131, left: 0, refused: [] });
    await everywhere('spain');
    expect(readFileSync(at('brazil', 's1/1/60.txt'), 'utf8')).toBe('content s1 60');
    expect(existsSync(at('brazil', 's1/0'))).toBe(false);
    expect(await held()).toBe(0);
  }, 120_000);
});
