import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeApiPath } from '../../src/base/api-path.ts';
import type { Entries } from '../../src/web/contract/browse.ts';
import type { ExistingEntries } from '../../src/web/contract/change.ts';
import type { Problem } from '../../src/web/contract/common.ts';
import type { Event } from '../../src/web/contract/events.ts';
import type { PublicShare, Share, Shares } from '../../src/web/contract/shares.ts';
import type { Versions } from '../../src/web/contract/versions.ts';
import { startSites } from '../support/agents.ts';
import { type Browser, browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
let anna: Browser;

const base = '/folders/projects/uploads';
const tus = { 'tus-resumable': '1.0.0' };
const encoded = (metadata: Record<string, string>) =>
  Object.entries(metadata)
    .map(([name, value]) => (value === '' ? name : `${name} ${Buffer.from(value).toString('base64')}`))
    .join(',');
const begin = (size: number, metadata: Record<string, string>, at = base, who = anna) =>
  who.ask(at, {
    method: 'POST',
    headers: { ...tus, 'upload-length': String(size), 'upload-metadata': encoded(metadata) },
  });
const append = (location: string, offset: number, bytes: Buffer, who = anna) =>
  who.ask(location.replace('/api/v1', ''), {
    method: 'PATCH',
    headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(bytes),
  });
async function upload(path: string, bytes: Buffer, more: Record<string, string> = {}, at = base, who = anna) {
  const begun = await begin(bytes.length, { path: encodeApiPath(path), ...more }, at, who);
  if (begun.status !== 201) return begun;
  return append(begun.headers.get('location')!, 0, bytes, who);
}
const rooms = () => readdirSync(join(sites.get('brazil').root, '.sitesync/uploads'));
const here = (path: string) => readFileSync(join(sites.get('brazil').root, path));

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [['brazil', 'germany']],
    folder: { ignore: ['*.tmp'] },
    page: true,
  });
  for (const site of sites.all())
    await writeUsers(site, [
      { name: 'anna', folders: { projects: 'editor' } },
      { name: 'bert', folders: { projects: 'editor' } },
    ]);
  anna = browser(sites.get('brazil'));
  await until(async () => (await anna.signIn('anna')).ok, 20_000, 'the user');
}, 60_000);

afterAll(() => sites.stop(), 60_000);

test('an upload arrives complete, with its time, in the name of its sender, and at the other office', async () => {
  const bytes = randomBytes(3_000_000);
  const done = await upload('new/dir/big.bin', bytes, { mtime: '1700000000123' });
  expect(done.status).toBe(204);
  expect(done.headers.get('x-sitesync-path')).toBe('new/dir/big.bin');
  expect(here('new/dir/big.bin').equals(bytes)).toBe(true);
  const { versions } = await anna.get<Versions>('/folders/projects/versions?path=new/dir/big.bin');
  expect(versions).toMatchObject([{ author: 'anna', mtime: '2023-11-14T22:13:20.123Z' }]);
  const far = join(sites.get('germany').root, 'new/dir/big.bin');
  await until(() => readFileSync(far).equals(bytes), 30_000, 'the file at germany');
  expect(rooms()).toEqual([]);
});

test('an interrupted upload resumes where it was, byte for byte', async () => {
  const bytes = randomBytes(2_000_000);
  const begun = await begin(bytes.length, { path: 'cut.bin' });
  const location = begun.headers.get('location')!;
  await new Promise<void>((resolve) => {
    const sending = request(`${anna.origin}${location}`, {
      method: 'PATCH',
      headers: {
        ...tus,
        ...anna.headers(),
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
        'content-length': bytes.length,
      },
    });
    sending.on('error', () => resolve());
    sending.write(bytes.subarray(0, 700_000), () => sending.destroy());
  });
  const offset = await until(
    async () => {
      const asked = await anna.ask(location.replace('/api/v1', ''), { method: 'HEAD', headers: tus });
      return Number(asked.headers.get('upload-offset'));
    },
    10_000,
    'what has arrived',
  );
  expect(offset).toBeLessThan(bytes.length);
  const stranger = browser(sites.get('brazil'));
  await stranger.signIn('bert');
  expect((await append(location, offset, bytes.subarray(offset), stranger)).status).toBe(404);
  expect((await append(location, 5, bytes.subarray(5))).status).toBe(409);
  expect((await append(location, offset, bytes.subarray(offset))).status).toBe(204);
  expect(createHash('sha256').update(here('cut.bin')).digest('hex')).toBe(
    createHash('sha256').update(bytes).digest('hex'),
  );
});

test('what somebody has not seen is never overwritten: the upload is kept beside it', async () => {
  await upload('plan.txt', Buffer.from('first'));
  const { entries } = await anna.get<Entries>('/folders/projects/entries');
  const { version } = entries.find(({ path }) => path === 'plan.txt')!;
  const replaced = await upload('plan.txt', Buffer.from('second'), { base: version });
  expect([replaced.headers.get('x-sitesync-path'), String(here('plan.txt'))]).toEqual(['plan.txt', 'second']);
  const beside = await upload('plan.txt', Buffer.from('third'), { base: version });
  expect(beside.headers.get('x-sitesync-path')).toMatch(/^plan%20%28conflict%20brazil/);
  expect(String(here('plan.txt'))).toBe('second');
  // What is on disk and in no listing yet counts too.
  writeFileSync(join(sites.get('brazil').root, 'sudden.txt'), 'mine');
  await upload('sudden.txt', Buffer.from('theirs'));
  expect(String(here('sudden.txt'))).toBe('mine');
  const outcome = (answer: Response) =>
    ['x-sitesync-outcome', 'x-sitesync-path'].map((name) => answer.headers.get(name));
  expect([outcome(replaced)[0], outcome(beside)[0]]).toEqual(['placed', 'conflict']);
  const same = await upload('plan.txt', Buffer.from('second'));
  expect(outcome(same)).toEqual(['unchanged', 'plan.txt']);
  const both = await upload('plan.txt', Buffer.from('fourth'), { keepBoth: 'true' });
  expect(outcome(both)).toEqual(['beside', 'plan%20%282%29.txt']);
  expect([String(here('plan.txt')), String(here('plan (2).txt'))]).toEqual(['second', 'fourth']);
});

test('what is there is told before an upload, whatever a listing shows', async () => {
  const content = Buffer.from('known');
  await upload('known/file.txt', content);
  const asked = (paths: string[]) => anna.post<ExistingEntries>('/folders/projects/existing', { paths });
  const { entries } = await asked(['known/file.txt', 'known', 'known/other.txt']);
  expect(entries).toMatchObject([
    { path: 'known/file.txt', kind: 'file', size: 5, sha256: createHash('sha256').update(content).digest('hex') },
    { path: 'known', kind: 'dir', sha256: null },
  ]);
  const replaced = await upload('known/file.txt', Buffer.from('new'), { base: entries[0]!.version });
  expect(replaced.headers.get('x-sitesync-outcome')).toBe('placed');
  // A directory is never replaced by a file.
  const beside = await upload('known', Buffer.from('a file'), { base: entries[1]!.version });
  expect(beside.headers.get('x-sitesync-outcome')).toBe('conflict');
  expect(String(here('known/file.txt'))).toBe('new');
});

test('an upload may be complete in its first request', async () => {
  const empty = await begin(0, { path: 'empty.txt' });
  expect([empty.status, empty.headers.get('x-sitesync-path')]).toEqual([201, 'empty.txt']);
  expect(here('empty.txt')).toHaveLength(0);
  const whole = await anna.ask(base, {
    method: 'POST',
    headers: {
      ...tus,
      'upload-length': '5',
      'upload-metadata': encoded({ path: 'whole.txt' }),
      'content-type': 'application/offset+octet-stream',
    },
    body: 'whole',
  });
  expect([whole.status, whole.headers.get('x-sitesync-outcome')]).toEqual([201, 'placed']);
  expect(String(here('whole.txt'))).toBe('whole');
  expect(rooms()).toEqual([]);
});

test('impossible names and sizes are rejected before a byte is sent', async () => {
  for (const path of ['../up', '.sitesync/marker', 'a/../b', '/etc/passwd', 'x'.repeat(256), 'note.tmp'])
    expect([path, (await upload(path, Buffer.from('x'))).status]).toEqual([path, 400]);
  const full = await begin(2 ** 50, { path: 'huge' });
  expect([full.status, await full.text()]).toMatchObject([507, expect.stringContaining('bytes free')]);
  expect((await upload('plan.txt/inner', Buffer.from('x'))).status).toBe(409);
  // For a page in another language.
  for (const [path, code] of [
    ['x'.repeat(256), 'nameTooLong'],
    ['a/..', 'reservedName'],
    ['.sitesync/marker', 'reservedName'],
    ['note.tmp', 'notSynced'],
  ] as const) {
    const problem = await (await begin(1, { path })).json();
    expect([path, problem]).toMatchObject([path, { code, params: { name: expect.any(String) } }]);
  }
  const room = (await (await begin(2 ** 50, { path: 'huge' })).json()) as Problem;
  expect(room).toMatchObject({ code: 'noRoom', params: { size: 2 ** 50 } });
  expect(rooms()).toEqual([]);
  expect(
    (await anna.ask(base, { method: 'POST', headers: { ...tus, 'x-csrf-token': 'no', 'upload-length': '1' } })).status,
  ).toBe(403);
});

test('a share gives access to what is shared and no more, until it is revoked', async () => {
  await upload('out/report.txt', Buffer.from('the report'));
  await upload('secret.txt', Buffer.from('secret'));
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const share = await anna.post<Share>('/shares', {
    folder: 'projects',
    path: 'out',
    kind: 'download',
    expires,
    password: 'open',
  });
  const link = `/public${share.link!.replace('/share', '')}`;
  const guest = browser(sites.get('brazil'));
  expect(await guest.get<PublicShare>(link)).toMatchObject({ locked: true, name: '', entries: [] });
  expect((await guest.ask(`${link}/file?path=report.txt`)).status).toBe(401);
  expect((await guest.send('POST', `${link}/unlock`, { password: 'wrong' })).status).toBe(401);
  expect((await guest.send('POST', `${link}/unlock`, { password: 'open' })).status).toBe(200);
  expect((await guest.get<PublicShare>(link)).entries).toMatchObject([{ name: 'report.txt', path: 'report.txt' }]);
  expect(await (await guest.ask(`${link}/file?path=report.txt`)).text()).toBe('the report');
  for (const path of ['../secret.txt', '..%2Fsecret.txt', 'x/../../secret.txt'])
    expect((await guest.ask(`${link}/file?path=${path}`)).status).toBe(400);
  const zip = Buffer.from(await (await guest.ask(`${link}/zip`)).arrayBuffer());
  expect(zip.includes('the report') && zip.includes('report.txt') && !zip.includes('secret')).toBe(true);
  expect((await upload('in.txt', Buffer.from('x'), {}, `${link}/uploads`, guest)).status).toBe(403);
  await sites.get('brazil').killAgent();
  await sites.get('brazil').startAgent();
  await until(async () => (await anna.ask('/folders/projects/file?path=secret.txt')).ok, 20_000, 'the folder');
  const { shares } = await anna.get<Shares>('/shares');
  expect(shares).toMatchObject([{ id: share.id, link: null, uses: 2, by: 'anna' }]);
  expect((await anna.send('DELETE', `/shares/${share.id}`)).status).toBe(204);
  expect((await guest.ask(link)).status).toBe(404);
  expect((await guest.ask('/public/forged')).status).toBe(404);
});

test('a drop box accepts files and shows nothing', async () => {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const share = await anna.post<Share>('/shares', { folder: 'projects', path: 'out', kind: 'drop', expires });
  const link = `/public${share.link!.replace('/share', '')}`;
  const guest = browser(sites.get('brazil'));
  expect(await guest.get<PublicShare>(link)).toMatchObject({ kind: 'drop', entries: [] });
  expect((await guest.ask(`${link}/file?path=report.txt`)).status).toBe(403);
  expect((await upload('../../evil.txt', Buffer.from('dropped'), {}, `${link}/uploads`, guest)).status).toBe(204);
  expect(readdirSync(join(sites.get('brazil').root, 'out'))).toEqual(['.._.._evil.txt', 'report.txt']);
  // A name that is taken is no conflict, and the holder learns nothing of it.
  const again = await upload('../../evil.txt', Buffer.from('another'), {}, `${link}/uploads`, guest);
  expect([again.status, [...again.headers.keys()].filter((name) => name.startsWith('x-sitesync'))]).toEqual([204, []]);
  expect(String(here('out/.._.._evil (2).txt'))).toBe('another');
  const { versions } = await anna.get<Versions>('/folders/projects/versions?path=out/.._.._evil.txt');
  expect(versions[0]?.author).toBe('anna (share)');
});

test('a drop box may be the folder itself', async () => {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const share = await anna.post<Share>('/shares', { folder: 'projects', path: '', kind: 'drop', expires });
  const link = `/public${share.link!.replace('/share', '')}`;
  const dropped = await upload('notes.txt', Buffer.from('notes'), {}, `${link}/uploads`, browser(sites.get('brazil')));
  expect(dropped.status).toBe(204);
  expect(String(here('notes.txt'))).toBe('notes');
});

test('what is promised to unfinished uploads is not promised again', async () => {
  const { bavail, bsize } = statfsSync(sites.get('brazil').root);
  const most = Math.floor(bavail * bsize * 0.6);
  const first = await begin(most, { path: 'first.bin' });
  expect(first.status).toBe(201);
  expect((await begin(most, { path: 'second.bin' })).status).toBe(507);
  const end = (begun: Response) =>
    anna.ask(begun.headers.get('location')!.replace('/api/v1', ''), { method: 'DELETE', headers: tus });
  expect((await end(first)).status).toBe(204);
  const again = await begin(most, { path: 'second.bin' });
  expect(again.status).toBe(201);
  await end(again);
});

test('one holder of a link cannot block it for the others', async () => {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const share = await anna.post<Share>('/shares', { folder: 'projects', path: '', kind: 'drop', expires });
  const link = `/public${share.link!.replace('/share', '')}`;
  const guest = browser(sites.get('brazil'));
  const begun: number[] = [];
  for (let i = 0; i < 51; i++) begun.push((await begin(1, { path: `${i}.txt` }, `${link}/uploads`, guest)).status);
  expect(begun).toEqual([...Array(50).fill(201), 429]);
});

test('changes are reported as they happen, each directory once', async () => {
  const events: Event[] = [];
  const stop = new AbortController();
  const stream = await fetch(`${anna.origin}/api/v1/events`, { headers: anna.headers(), signal: stop.signal });
  const reading = (async () => {
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream()))
      for (const [, json] of chunk.matchAll(/^data: (.*)$/gm)) events.push(JSON.parse(json!) as Event);
  })().catch(() => undefined);
  for (let i = 0; i < 20; i++) writeFileSync(join(sites.get('brazil').root, `out/live-${i}.txt`), String(i));
  await until(
    () => events.some((event) => event.type === 'changed' && event.directories?.includes('out')),
    10_000,
    'a change',
  );
  await until(() => events.some(({ type }) => type === 'standing'), 10_000, 'marks');
  stop.abort();
  await reading;
});

test('a body that trickles in is cut off, others are served meanwhile', async () => {
  const { page } = sites.get('brazil').plan;
  const socket = connect(page!.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.write(
    'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  );
  const trickle = setInterval(() => socket.write(' '), 1000);
  expect((await anna.ask('/folders')).status).toBe(200);
  await closed;
  clearInterval(trickle);
}, 45_000);
