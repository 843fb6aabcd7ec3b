import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
const network = (...children: string[]) =>
  [
    object('Site', 'germany', {}),
    object('Hub', 'germany', {}),
    ...children.map((name) => object('Site', name, { hubs: [{ name: 'germany' }] })),
    object('SyncFolder', 'projects', { selector: {} }),
  ].join('\n---\n');

let offices: TestNetwork;
beforeAll(async () => {
  offices = await startNetwork(network('brazil', 'spain'));
  await offices.up();
});
afterAll(() => offices.remove());

const at = (site: string, path: string) => join(offices.root(site), path);
const inSync = () => offices.cli('wait', '--timeout', '60s');

test('a site that joins after another one left gets the files that only that one had written', async () => {
  offices.write('brazil', 'from-brazil.txt', 'made in brazil');
  offices.write('brazil', 'dir/deep.txt', 'also');
  offices.write('brazil', 'gone.txt', 'deleted before it left');
  await inSync();
  rmSync(at('brazil', 'gone.txt'));
  await inSync();

  await offices.up(network('spain'));
  await offices.cli('down');
  await offices.up(network('spain', 'portugal'));
  await inSync();
  await offices.waitEqual();
  expect(readFileSync(at('portugal', 'from-brazil.txt'), 'utf8')).toBe('made in brazil');
  expect(readFileSync(at('portugal', 'dir/deep.txt'), 'utf8')).toBe('also');
  const { versions } = await offices.json('log', 'projects:from-brazil.txt');
  expect(versions.map(({ origin }: { origin: string }) => origin)).toEqual(['germany', 'brazil']);
});

test("an edit of a former site's file wins, and leaves no copy", async () => {
  writeFileSync(at('spain', 'from-brazil.txt'), 'edited in spain');
  await until(() => readFileSync(at('portugal', 'from-brazil.txt'), 'utf8') === 'edited in spain', 30_000, 'the edit');
  await inSync();
  expect(Object.keys(offices.tree('germany')).filter((path) => path.includes('conflict'))).toEqual([]);
});
