import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RestoredLine } from '../../../src/agent/api/restore.ts';
import { encodeApiPath } from '../../../src/base/api-path.ts';
import { startSites, type TestSite } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

/** A hub that restores, and a child that observes. */
let sites: Awaited<ReturnType<typeof startSites>>;
let germany: TestSite;
const at = (site: string, path: string) => join(sites.get(site).root, path);
const read = (site: string, path: string | Buffer) => {
  try {
    return readFileSync(typeof path === 'string' ? at(site, path) : path, 'utf8');
  } catch {
    return undefined;
  }
};

beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']], inlineMax: 0 });
  germany = sites.get('germany');
}, 90_000);
afterAll(() => sites?.stop(), 30_000);

const settle = () => germany.api('/api/v1/settle', { method: 'POST' });

async function restore(wanted: Record<string, unknown>): Promise<RestoredLine[]> {
  const body = JSON.stringify({ folder: 'projects', path: '', deleted: false, dryRun: false, ...wanted });
  const response = await germany.api('/api/v1/restore-tree', { method: 'POST', body });
  expect(response.status).toBe(200);
  const lines = (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.pop()).toEqual({ done: true });
  return lines;
}

const fates = (lines: RestoredLine[]) => Object.fromEntries(lines.map(({ path, is }) => [path, is]));
const NAME = Buffer.from('caf\xe9', 'latin1');
let before = 0;

it('restores a tree as it was, and keeps what was added since', async () => {
  mkdirSync(at('germany', 'plans/deep'), { recursive: true });
  writeFileSync(at('germany', 'plans/edited.txt'), 'the first');
  writeFileSync(at('germany', 'plans/deep/deleted.txt'), 'still wanted');
  writeFileSync(at('germany', 'plans/deep/same.txt'), 'still wanted');
  writeFileSync(Buffer.concat([Buffer.from(at('germany', 'plans/')), NAME]), 'bytes that are no text');
  writeFileSync(at('germany', 'other.txt'), 'other');
  await until(
    () => read('brazil', 'other.txt') === 'other' && read('brazil', 'plans/deep/same.txt') !== undefined,
    60_000,
  );
  await settle();
  before = Date.now();
  writeFileSync(at('germany', 'plans/edited.txt'), 'the second');
  rmSync(at('germany', 'plans/deep'), { recursive: true });
  rmSync(Buffer.concat([Buffer.from(at('germany', 'plans/')), NAME]));
  writeFileSync(at('germany', 'plans/newer.txt'), 'made since');
  writeFileSync(at('germany', 'other.txt'), 'changed too');
  await settle();
  await until(
    () => read('brazil', 'plans/deep/deleted.txt') === undefined && read('brazil', 'other.txt') === 'changed too',
    60_000,
  );

  const wanted = { path: 'plans', asOf: before };
  const preview = await restore({ ...wanted, dryRun: true });
  const paths = [
    'plans/deep',
    'plans/deep/deleted.txt',
    'plans/deep/same.txt',
    'plans/edited.txt',
    encodeApiPath('plans/caf\xe9'),
  ];
  expect(preview.map(({ path }) => path).sort()).toEqual(paths.sort());
  expect(new Set(preview.map(({ is }) => is))).toEqual(new Set(['would']));
  expect(read('germany', 'plans/edited.txt')).toBe('the second');

  const lines = await restore(wanted);
  expect(fates(lines)).toEqual(Object.fromEntries(paths.map((path) => [path, 'restored'])));
  expect(read('germany', 'plans/edited.txt')).toBe('the first');
  expect(read('germany', 'plans/newer.txt')).toBe('made since');
  expect(read('germany', 'other.txt')).toBe('changed too');
  await until(() => read('brazil', 'plans/deep/deleted.txt') === 'still wanted', 60_000);
  await until(() => read('brazil', 'plans/edited.txt') === 'the first', 60_000);
  await until(() => read('brazil', 'plans/deep/same.txt') === 'still wanted', 60_000);
  expect(read('brazil', Buffer.concat([Buffer.from(at('brazil', 'plans/')), NAME]))).toBe('bytes that are no text');
  // What was replaced is a version like any other.
  const log = (await (await germany.api('/api/v1/log?folder=projects&path=plans/edited.txt')).json()) as {
    versions: { keptHere: boolean }[];
  };
  expect(log.versions.slice(0, 2).map(({ keptHere }) => keptHere)).toEqual([true, true]);
  expect(await restore({ ...wanted, dryRun: true })).toEqual([]);
}, 240_000);

it('restores into another directory, beside what is there', async () => {
  const lines = await restore({ path: 'other.txt', asOf: before, to: 'found/again' });
  expect(lines.map(({ path }) => path)).toEqual(['found', 'found/again', 'found/again/other.txt']);
  expect([read('germany', 'found/again/other.txt'), read('germany', 'other.txt')]).toEqual(['other', 'changed too']);
}, 60_000);

it('restores what was deleted, and reports what is stored nowhere', async () => {
  writeFileSync(at('germany', 'lost.txt'), 'nowhere any more');
  writeFileSync(at('germany', 'kept.txt'), 'kept');
  await until(() => read('brazil', 'kept.txt') !== undefined && read('brazil', 'lost.txt') !== undefined, 60_000);
  rmSync(at('germany', 'lost.txt'));
  await settle();
  await until(() => read('brazil', 'lost.txt') === undefined, 60_000);
  // The others have the content of a file deleted here in their archives: empty those, as limits would.
  for (const { root } of sites.all()) {
    const archive = join(root, '.sitesync/archive');
    for (const shard of readdirSync(archive))
      for (const name of readdirSync(join(archive, shard))) rmSync(join(archive, shard, name));
  }
  rmSync(at('germany', 'kept.txt'));
  await settle();
  writeFileSync(at('germany', 'twin.txt'), 'kept');
  await settle();
  const lines = await restore({ deleted: true });
  expect(fates(lines)).toEqual({ 'kept.txt': 'restored', 'lost.txt': 'nowhere' });
  expect(readdirSync(at('germany', '')).sort()).toEqual([
    '.sitesync',
    'found',
    'kept.txt',
    'other.txt',
    'plans',
    'twin.txt',
  ]);
}, 240_000);
