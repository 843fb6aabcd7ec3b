import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from '../../src/agent/fs/native.ts';
import { bytePath } from '../../src/base/bytes.ts';
import type { Entries } from '../../src/web/contract/browse.ts';
import type { Share, Shares } from '../../src/web/contract/shares.ts';
import { attachmentHeader } from '../../src/web/http/path.ts';
import { createUnfinishedUploads } from '../../src/web/routes/unfinished-uploads.ts';
import { startSites } from '../support/agents.ts';
import { type Browser, browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
let anna: Browser;
let root: string;
let port: number;
const outside = () => join(sites.get('brazil').dir.root, 'outside');
const tus = { 'tus-resumable': '1.0.0' };
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const expires = () => new Date(Date.now() + 3_600_000).toISOString();

beforeAll(async () => {
  sites = await startSites({ hubs: ['brazil'], links: [], page: true });
  root = sites.get('brazil').root;
  port = sites.get('brazil').plan.page!.port;
  await writeUsers(sites.get('brazil'), [
    { name: 'anna', folders: { projects: 'editor' } },
    { name: 'nora', folders: {} },
  ]);
  mkdirSync(outside());
  writeFileSync(join(outside(), 'file.txt'), 'of the machine');
  mkdirSync(join(root, 'dir'));
  writeFileSync(join(root, 'dir/file.txt'), 'of the folder');
  symlinkSync(outside(), join(root, 'dir/link'));
  symlinkSync(join(outside(), 'file.txt'), join(root, 'dir/pointer.txt'));
  symlinkSync('/proc/self/environ', join(root, 'dir/environ.txt'));
  anna = browser(sites.get('brazil'));
  await until(async () => (await anna.signIn('anna')).ok, 20_000, 'the page');
  const there = async () => (await anna.get<Entries>('/folders/projects/entries?path=dir')).entries.length === 4;
  await until(there, 20_000, 'the entries');
}, 120_000);
afterAll(() => sites.stop(), 60_000);

const begin = (path: string, size = 1, at = '/folders/projects/uploads', who = anna) =>
  who.ask(at, {
    method: 'POST',
    headers: { ...tus, 'upload-length': String(size), 'upload-metadata': `path ${base64(path)}` },
  });
const send = (location: string, bytes: string, who = anna) =>
  who.ask(location.replace('/api/v1', ''), {
    method: 'PATCH',
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: bytes,
  });

test('a symlink is never followed: not to read, preview, pack, share, list or write', async () => {
  for (const path of ['dir/link/file.txt', 'dir/pointer.txt', 'dir/environ.txt', 'dir/link'])
    for (const as of ['attachment', 'inline'])
      expect([path, (await anna.ask(`/folders/projects/file?path=${path}&as=${as}`)).status]).toEqual([path, 404]);
  const zip = Buffer.from(await (await anna.ask('/folders/projects/zip?path=dir')).arrayBuffer()).toString('latin1');
  expect([zip.includes('of the folder'), zip.includes('of the machine'), zip.includes('PATH=')]).toEqual([
    true,
    false,
    false,
  ]);
  expect((await anna.ask('/folders/projects/zip?path=dir/link')).status).toBe(404);
  const share = { folder: 'projects', kind: 'download', expires: expires() };
  expect((await anna.send('POST', '/shares', { ...share, path: 'dir/link' })).status).toBe(404);
  const whole = await anna.post<Share>('/shares', { ...share, path: 'dir' });
  const link = whole.link!.replace('/share', '/public');
  for (const path of ['link/file.txt', 'pointer.txt'])
    expect((await anna.ask(`${link}/file?path=${path}`)).status).toBe(404);
  const begun = await begin('dir/link/new.txt');
  const done = begun.status === 201 ? await send(begun.headers.get('location')!, 'x') : begun;
  expect(done.status).toBe(409);
  for (const [path, body] of [
    ['directories', { path: 'dir/link/new' }],
    ['moves', { from: 'dir/file.txt', to: 'dir/link/file2.txt' }],
    ['moves', { from: 'dir/link/file.txt', to: 'stolen.txt' }],
  ] as const)
    expect([body, (await anna.send('POST', `/folders/projects/${path}`, body)).ok]).toEqual([body, false]);
  expect(readdirSync(outside())).toEqual(['file.txt']);
});

test('a directory that becomes a symlink at that very moment is not followed either', async () => {
  mkdirSync(join(root, 'race'));
  writeFileSync(join(root, 'race/file.txt'), 'of the folder');
  symlinkSync(outside(), join(root, 'other'));
  const fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  let swaps = 0;
  let stop = false;
  const swapping = (async () => {
    for (; !stop; swaps++) {
      exchange({ fd, name: 'race' }, { fd, name: 'other' });
      // A flood of changes is another matter: requests wait for the thread that has to read about them.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  const seen = new Set<string>();
  const end = Date.now() + 4000;
  while (Date.now() < end) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => anna.ask('/folders/projects/file?path=race/file.txt')),
    );
    for (const answer of answers) seen.add(answer.ok ? await answer.text() : String(answer.status));
    const begun = await begin(`race/new-${swaps}.txt`);
    if (begun.status === 201) await send(begun.headers.get('location')!, 'x');
  }
  stop = true;
  await swapping;
  closeSync(fd);
  expect(swaps).toBeGreaterThan(100);
  expect([...seen].filter((text) => !['of the folder', '404', '409'].includes(text))).toEqual([]);
  expect(seen).toContain('of the folder');
  expect(readdirSync(outside())).toEqual(['file.txt']);
}, 30_000);

test('no file name escapes from its header', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
      const name = Buffer.from(bytes).toString('latin1');
      const header = attachmentHeader(name);
      expect(header).toMatch(/^attachment; filename="[^"\\<>%]*"; filename\*=UTF-8''[A-Za-z0-9.~_%-]*$/);
      expect(decodeURIComponent(header.split("''")[1]!)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
  expect(attachmentHeader('plan (2) \\ final.txt')).toBe(
    `attachment; filename="plan (2) _ final.txt"; filename*=UTF-8''plan%20%282%29%20%5C%20final.txt`,
  );
  expect(attachmentHeader(bytePath('evil\u202etxt.exe'))).toContain('evil%5Cu202etxt.exe');
});

test('every refusal is an RFC 9457 problem, also for uploads', async () => {
  const stranger = browser(sites.get('brazil'));
  const answers: [string, Response][] = [
    ['nothing there', await anna.ask('/nowhere')],
    ['not signed in', await stranger.ask('/folders')],
    [
      'no JSON',
      await anna.ask('/folders/projects/moves', {
        method: 'POST',
        body: '{',
        headers: { 'content-type': 'application/json' },
      }),
    ],
    ['unknown field', await anna.send('POST', '/folders/projects/moves', { from: 'a', to: 'b', more: 1 })],
    ['no such link', await stranger.ask('/public/none')],
    [
      'no such upload',
      await anna.ask('/folders/projects/uploads/none', {
        method: 'PATCH',
        headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      }),
    ],
    ['impossible name', await begin('../up')],
    ['not tus', await anna.ask('/folders/projects/uploads', { method: 'POST' })],
    ['no such folder', await anna.ask('/folders/none/entries')],
    ['bad cursor', await anna.ask('/folders/projects/entries?cursor=%00')],
    ['bad limit', await anna.ask('/timeline?limit=99999')],
    ['bad escape', await anna.ask('/folders/%E0%A4%A/entries')],
  ];
  for (const [name, answer] of answers) {
    expect([name, answer.headers.get('content-type')?.split(';')[0]]).toEqual([name, 'application/problem+json']);
    const problem = (await answer.json()) as { title: string; status: number; detail: string };
    expect([name, problem.status]).toEqual([name, answer.status]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(problem.detail.length).toBeGreaterThan(5);
  }
});

test('unchanged content is not sent again', async () => {
  for (const path of [
    '/folders',
    '/folders/projects/entries?path=dir',
    '/folders/projects/versions?path=dir/file.txt',
    '/shares',
    '/session',
  ]) {
    const first = await anna.ask(path);
    const etag = first.headers.get('etag') ?? '';
    expect([path, first.status, etag]).toEqual([path, 200, expect.stringMatching(/^W\/"/)]);
    const again = await anna.ask(path, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } });
    expect([path, again.status, await again.text()]).toEqual([path, 304, '']);
  }
});

test('queries and bodies do not pollute prototypes', async () => {
  for (const path of [
    '/search?q=a&__proto__=x&constructor=y',
    '/folders/__proto__/entries',
    '/folders/constructor/entries',
  ])
    await anna.ask(path);
  const body = '{"path":"mark","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
  const asked = await anna.ask('/folders/projects/directories', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(asked.status).toBe(400);
  expect((await anna.ask('/users')).status).toBe(403);
  const nora = browser(sites.get('brazil'));
  await nora.signIn('nora');
  for (const folder of ['constructor', '__proto__', 'hasOwnProperty'])
    expect([folder, (await nora.ask(`/folders/${folder}/entries`)).status]).toEqual([folder, 404]);
});

test('another web site learns nothing, whatever headers it sends', async () => {
  const asked = await anna.ask('/folders', { headers: { origin: 'https://evil.example' } });
  const uploads = await anna.ask('/folders/projects/uploads', {
    method: 'OPTIONS',
    headers: { ...tus, origin: 'https://evil.example', 'access-control-request-method': 'PATCH' },
  });
  for (const answer of [asked, uploads]) expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  expect(
    (
      await anna.ask('/folders/projects/uploads', {
        method: 'POST',
        headers: { ...tus, origin: 'null', 'upload-length': '1' },
      })
    ).status,
  ).toBe(403);
  // HEAD may be sent without a token: it must stay HEAD.
  const begun = await begin('kept.txt', 4);
  const location = begun.headers.get('location')!;
  await anna.ask(location.replace('/api/v1', ''), {
    method: 'HEAD',
    headers: { ...tus, 'x-http-method-override': 'DELETE', 'x-csrf-token': '' },
  });
  expect((await send(location, 'kept')).status).toBe(204);
  expect(readFileSync(join(root, 'kept.txt'), 'utf8')).toBe('kept');
  const { headers } = await anna.ask('/folders');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect([headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual(['nosniff', 'no-store']);
});

test('a session fixed by somebody else is not the one that a user gets', async () => {
  const fixed = browser(sites.get('brazil'));
  fixed.cookies.set('sitesync_brazil', 'chosen-by-somebody-else');
  await fixed.signIn('anna');
  expect(fixed.cookies.get('sitesync_brazil')).not.toBe('chosen-by-somebody-else');
  const before = fixed.headers().cookie;
  await fixed.signIn('anna');
  // Signing in again leaves nothing behind.
  expect((await anna.ask('/folders', { headers: { cookie: before } })).status).toBe(401);
});

test('a client that keeps sending after the response, or starts uploads without end, is cut off', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('POST /api/v1/folders/projects/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx');
  expect(await answer).toMatch(/^HTTP\/1.1 401 /);
  const trickle = setInterval(() => socket.write('x'), 200);
  await closed;
  clearInterval(trickle);
  expect(
    (
      await anna.ask('/session', {
        method: 'POST',
        body: JSON.stringify({ user: 'a', password: 'x'.repeat(20_000) }),
        headers: { 'content-type': 'application/json' },
      })
    ).status,
  ).toBe(413);
  let now = 0;
  const begun = createUnfinishedUploads(() => now);
  const about = (owner: string, holder?: string) => ({ owner, holder, room: '/nowhere', size: 1 });
  for (let i = 0; i < 1000; i++) begun.add(String(i), about('somebody'));
  expect(() => begun.add('one more', about('somebody'))).toThrow('too many unfinished uploads');
  begun.add('other', about('another'));
  begun.remove('7');
  begun.add('one more', about('somebody'));
  begun.keep(new Set(['other']));
  begun.add('again', about('somebody'));
  // Of a link's holders each has a share, and not for long.
  for (let i = 0; i < 50; i++) begun.add(`link ${i}`, about('share', '192.0.2.1'));
  expect(() => begun.add('too many', about('share', '192.0.2.1'))).toThrow('too many unfinished uploads');
  begun.add('of another', about('share', '192.0.2.2'));
  expect(begun.takeExpired()).toEqual([]);
  now = 25 * 3_600_000;
  expect(begun.takeExpired()).toHaveLength(51);
  begun.add('not too many', about('share', '192.0.2.1'));
});

/** Tries a link's password from one of this machine's own addresses. */
async function unlock(link: string, password: string, localAddress: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const asked = request({
    port,
    path: `/api/v1${link}/unlock`,
    method: 'POST',
    host: '127.0.0.1',
    localAddress,
    headers,
  });
  asked.end(JSON.stringify({ password }));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode!;
}

test("wrong passwords lock their sender out, not everybody, and a download's ranges are one use", async () => {
  const share = { folder: 'projects', path: 'dir/file.txt', kind: 'download', expires: expires() };
  const locked = await anna.post<Share>('/shares', { ...share, password: 'right' });
  const link = locked.link!.replace('/share', '/public');
  const guesses: number[] = [];
  for (let i = 0; i < 11; i++) guesses.push(await unlock(link, `wrong ${i}`, '127.0.0.2'));
  expect(guesses).toEqual([...Array<number>(10).fill(401), 429]);
  expect(await unlock(link, 'right', '127.0.0.2')).toBe(429);
  expect(await unlock(link, 'right', '127.0.0.3')).toBe(200);
  const open = await anna.post<Share>('/shares', share);
  const file = `${open.link!.replace('/share', '/public')}/file?path=`;
  for (const range of ['bytes=0-4', 'bytes=5-8', 'bytes=9-'])
    expect((await anna.ask(file, { headers: { range } })).status).toBe(206);
  expect((await anna.ask(file, { method: 'HEAD' })).status).toBe(200);
  const { shares } = await anna.get<Shares>('/shares');
  expect(shares.find(({ id }) => id === open.id)?.uses).toBe(1);
});

test('the number of concurrent zips per link is limited', async () => {
  mkdirSync(join(root, 'big'));
  writeFileSync(join(root, 'big/zeros.bin'), Buffer.alloc(48 * 1024 * 1024));
  const share = await anna.post<Share>('/shares', {
    folder: 'projects',
    path: 'big',
    kind: 'download',
    expires: expires(),
  });
  const link = share.link!.replace('/share', '/public');
  await until(async () => (await anna.ask('/folders/projects/file?path=big/zeros.bin', { method: 'HEAD' })).ok, 20_000);
  const there = async () => (await anna.get<Entries>('/folders/projects/entries?path=big')).entries.length === 1;
  await until(there, 20_000, 'the file');
  const ask = async () => {
    const answer = await fetch(`${anna.origin}/api/v1${link}/zip`);
    await answer.body?.cancel();
    return answer.status;
  };
  const sockets = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`GET /api/v1${link}/zip HTTP/1.1\r\nHost: x\r\n\r\n`);
      // It has started, and nobody reads any further.
      const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
      socket.pause();
      expect(answer).toMatch(/^HTTP\/1.1 200 /);
      return socket;
    }),
  );
  expect(await ask()).toBe(429);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await ask()) === 200, 10_000, 'a free place');
  rmSync(join(root, 'big'), { recursive: true });
});
