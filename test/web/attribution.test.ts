import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Changed, Deleted } from '../../src/web/contract/change.ts';
import type { Share } from '../../src/web/contract/shares.ts';
import type { Versions } from '../../src/web/contract/versions.ts';
import { startSites } from '../support/agents.ts';
import { type Browser, browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
let anna: Browser;
let bert: Browser;

beforeAll(async () => {
  sites = await startSites({ hubs: ['brazil'], links: [], page: true });
  await writeUsers(sites.get('brazil'), [
    { name: 'anna', folders: { projects: 'editor' } },
    { name: 'bert', folders: { projects: 'editor' } },
  ]);
  [anna, bert] = [browser(sites.get('brazil')), browser(sites.get('brazil'))];
  await until(async () => (await anna.signIn('anna')).ok, 20_000, 'the page');
  await bert.signIn('bert');
}, 120_000);
afterAll(() => sites.stop(), 60_000);

const newest = async (path: string) =>
  (await anna.get<Versions>(`/folders/projects/versions?path=${path}`).catch(() => undefined))?.versions[0];
const authorOf = async (path: string) => (await newest(path))?.author;
const known = (path: string) => until(() => newest(path), 20_000, path);
const tus = { 'tus-resumable': '1.0.0' };
async function upload(who: Browser, path: string, bytes: string, at = '/folders/projects/uploads'): Promise<string> {
  const metadata = `path ${Buffer.from(path).toString('base64')}`;
  const headers = { ...tus, 'upload-length': String(bytes.length), 'upload-metadata': metadata };
  const begun = await who.ask(at, { method: 'POST', headers });
  const done = await who.ask(begun.headers.get('location')!.replace('/api/v1', ''), {
    method: 'PATCH',
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: bytes,
  });
  return done.headers.get('x-sitesync-path')!;
}

test("a user's change has them as author: every changed path, and new parent directories", async () => {
  await upload(anna, 'a/b/c.txt', 'first');
  for (const path of ['a', 'a/b', 'a/b/c.txt']) expect([path, await authorOf(path)]).toEqual([path, 'anna']);
  const beside = await upload(bert, 'a/b/c.txt', 'without having seen it');
  expect(beside).toMatch(/^a\/b\/c%20%28conflict/);
  expect([await authorOf(beside), await authorOf('a/b/c.txt')]).toEqual(['bert', 'anna']);
  const { deleted } = await bert.post<Deleted>('/folders/projects/deletions', { paths: ['a'] });
  for (const { path } of deleted)
    expect([path, await newest(path)]).toMatchObject([path, { author: 'bert', kind: 'deleted' }]);
  const { version } = deleted.find(({ path }) => path === 'a/b/c.txt')!;
  await anna.post<Changed>('/folders/projects/restores', { path: 'a/b/c.txt', version });
  for (const path of ['a', 'a/b', 'a/b/c.txt'])
    expect([path, await newest(path)]).toMatchObject([
      path,
      { author: 'anna', kind: path.endsWith('.txt') ? 'file' : 'dir' },
    ]);
});

test('a moved directory has its mover as author, with all its contents; concurrent changes on disk do not', async () => {
  const root = sites.get('brazil').root;
  mkdirSync(join(root, 'old/deep'), { recursive: true });
  for (let i = 0; i < 300; i++) writeFileSync(join(root, `old/deep/${i}.txt`), String(i));
  await known('old/deep/299.txt');
  await bert.post<Changed>('/folders/projects/moves', { from: 'old', to: 'new/place' });
  writeFileSync(join(root, 'elsewhere.txt'), 'by hand');
  for (const path of [
    'new/place',
    'new/place/deep',
    'new/place/deep/0.txt',
    'new/place/deep/299.txt',
    'old/deep/7.txt',
  ])
    expect([
      path,
      await until(async () => ((await newest(path))?.author === 'bert' ? 'bert' : undefined), 20_000, path),
    ]).toEqual([path, 'bert']);
  expect(existsSync(join(root, 'old'))).toBe(false);
  await known('elsewhere.txt');
  expect(await authorOf('elsewhere.txt')).toBe('brazil');
  expect(await authorOf('new')).toBe('bert');
});

test("uploads by guests have the creator of the drop box as author, and are distinguished from the creator's own changes", async () => {
  await anna.post<Changed>('/folders/projects/directories', { path: 'box' });
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const share = await anna.post<Share>('/shares', { folder: 'projects', path: 'box', kind: 'drop', expires });
  const at = `${share.link!.replace('/share', '/public')}/uploads`;
  await upload(browser(sites.get('brazil')), 'gift.txt', 'for you', at);
  expect(await authorOf('box/gift.txt')).toBe('anna (share)');
});
