import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytePath, fsPath } from '../../src/base/bytes.ts';
import type { AuditLog } from '../../src/web/contract/audit.ts';
import type { Entries, Folders } from '../../src/web/contract/browse.ts';
import type { Changed, Deleted, Restorations } from '../../src/web/contract/change.ts';
import type { Network, Timeline } from '../../src/web/contract/network.ts';
import type { SearchResults } from '../../src/web/contract/search.ts';
import type { Share } from '../../src/web/contract/shares.ts';
import type { Diff, Versions } from '../../src/web/contract/versions.ts';
import type { Where } from '../../src/web/contract/where.ts';
import { startSites } from '../support/agents.ts';
import { type Browser, browser, PASSWORD, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
let anna: Browser;
let spain: Browser;

const entries = (path = '', more = '', who = anna) => who.get<Entries>(`/folders/projects/entries?path=${path}${more}`);
const named = async (name: string, path = '', who = anna) =>
  (await entries(path, '', who)).entries.find((entry) => entry.name === name);
const write = (path: string, content: string | Buffer) => {
  const target = fsPath(`${sites.get('brazil').root}/${path}`);
  mkdirSync(join(target.toString('latin1'), '..'), { recursive: true });
  writeFileSync(target, content);
};
const appears = (name: string, path = '', who = anna) =>
  until(() => named(name, path, who), 20_000, `${name} in the list`);

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [
      ['brazil', 'germany'],
      ['spain', 'germany'],
    ],
    folder: { ignore: ['*.tmp'] },
    page: true,
  });
  for (const site of sites.all()) {
    await writeUsers(site, [
      { name: 'anna', folders: { projects: 'editor' } },
      { name: 'victor', folders: { projects: 'viewer' } },
      { name: 'nora' },
      { name: 'root', admin: true },
    ]);
  }
  anna = browser(sites.get('brazil'));
  spain = browser(sites.get('spain'));
  expect((await anna.signIn('anna')).status).toBe(200);
  expect((await spain.signIn('anna')).status).toBe(200);
}, 120_000);

afterAll(() => sites.stop(), 60_000);

test('folders and rights: users who may not see a folder do not learn that it exists', async () => {
  const { folders } = await anna.get<Folders>('/folders');
  expect(folders).toMatchObject([{ name: 'projects', role: 'editor', writable: true, error: null }]);
  const nora = browser(sites.get('brazil'));
  await nora.signIn('nora');
  expect((await nora.get<Folders>('/folders')).folders).toEqual([]);
  expect((await nora.ask('/folders/projects/entries')).status).toBe(404);
  const victor = browser(sites.get('brazil'));
  await victor.signIn('victor');
  expect((await victor.ask('/folders/projects/entries')).status).toBe(200);
  expect((await victor.send('POST', '/folders/projects/directories', { path: 'no' })).status).toBe(403);
  expect((await victor.ask('/users')).status).toBe(403);
});

test('a file is listed with the offices that lack it, and its route is shown', async () => {
  write('plans/house.txt', 'one\ntwo\nthree\n');
  await appears('house.txt', 'plans');
  const done = async () => (await named('house.txt', 'plans'))?.marks.length === 0;
  await until(done, 20_000, 'all offices');
  const where = await anna.get<Where>('/folders/projects/where?path=plans/house.txt');
  expect(where.offices.map(({ site, state }) => [site, state])).toEqual([
    ['brazil', 'has'],
    ['germany', 'has'],
    ['spain', 'has'],
  ]);
  expect(where.offices[2]?.route).toEqual(['brazil', 'germany', 'spain']);
  expect(where.hops.map(({ from, to, percent }) => [from, to, percent])).toEqual([
    ['brazil', 'germany', 100],
    ['germany', 'spain', 100],
  ]);
  const network = await anna.get<Network>('/network');
  expect(network.offices.map(({ name, connected }) => [name, connected])).toContainEqual(['brazil', true]);
  expect(network.links).toHaveLength(2);
  expect((await anna.ask('/network/spain/lacks')).status).toBe(200);
});

test('content: ranges, ETags, attachments; previews run nothing', async () => {
  const bytes = randomBytes(300_000);
  write('data.bin', bytes);
  await appears('data.bin');
  const whole = await anna.ask('/folders/projects/file?path=data.bin');
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  expect(whole.headers.get('content-disposition')).toMatch(/^attachment; filename="data.bin"/);
  const etag = whole.headers.get('etag')!;
  expect(etag).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
  const part = await anna.ask('/folders/projects/file?path=data.bin', {
    headers: { range: 'bytes=1000-1999', 'if-range': etag },
  });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1000, 2000))).toBe(true);
  const same = await anna.ask('/folders/projects/file?path=data.bin', {
    headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
  });
  expect(same.status).toBe(304);
  write('evil.html', '<script>alert(1)</script>');
  await appears('evil.html');
  const shown = await anna.ask('/folders/projects/file?path=evil.html&as=inline');
  expect(shown.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(shown.headers.get('content-security-policy')).toContain('sandbox');
  expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
});

test('paths lead nowhere else, and hostile names are harmless and downloadable', async () => {
  symlinkSync('/etc', join(sites.get('brazil').root, 'etc'));
  for (const path of [
    '../../etc/passwd',
    '%2E%2E/%2E%2E/etc/passwd',
    '/etc/passwd',
    '.sitesync/marker',
    'a%00b',
    'a//b',
    '..',
  ])
    expect([path, (await anna.ask(`/folders/projects/file?path=${path}`)).status]).toEqual([path, 400]);
  expect((await anna.ask('/folders/projects/file?path=etc/passwd')).status).toBe(404);
  expect((await anna.send('POST', '/folders/projects/directories', { path: 'etc/owned' })).status).toBe(409);
  const names = [
    '<img src=x onerror=alert(1)>.txt',
    bytePath('evil\u202etxt.exe'),
    'line\nfeed',
    'bad\xff\xfe.bin',
    'a+b %20 c',
  ];
  for (const name of names) write(name, `content of ${name}`);
  await until(async () => (await entries()).entries.length >= names.length + 3, 20_000, 'the names');
  const list = (await entries()).entries;
  expect(list.map(({ name }) => name).join('')).not.toMatch(/[\n\u202e]/);
  for (const { path, kind } of list.filter(
    (entry) => /evil%|line%|bad%|img|a%2B/.test(entry.path) && entry.kind === 'file',
  )) {
    const response = await anna.ask(`/folders/projects/file?path=${path}`);
    expect([path, kind, response.status]).toEqual([path, 'file', 200]);
    expect(response.headers.get('content-disposition')).not.toMatch(/[\n<>\u202e]/);
  }
});

test('create, move, delete and undo, in the name of the user', async () => {
  await anna.post<Changed>('/folders/projects/directories', { path: 'work/new' });
  write('work/new/a.txt', 'a');
  await appears('a.txt', 'work/new');
  expect((await anna.send('POST', '/folders/projects/directories', { path: 'work/new' })).status).toBe(409);
  await anna.post<Changed>('/folders/projects/moves', { from: 'work/new/a.txt', to: 'work/b.txt' });
  expect(await named('b.txt', 'work')).toBeDefined();
  const history = await anna.get<Versions>('/folders/projects/versions?path=work/b.txt');
  expect(history.versions[0]).toMatchObject({ author: 'anna', origin: 'brazil', head: true });
  write('work/taken.txt', 'taken');
  await appears('taken.txt', 'work');
  expect(
    (await anna.send('POST', '/folders/projects/moves', { from: 'work/b.txt', to: 'work/taken.txt' })).status,
  ).toBe(409);
  const stale = { paths: ['work/b.txt'], versions: ['brazil.1'] };
  expect((await anna.send('POST', '/folders/projects/deletions', stale)).status).toBe(412);
  const { deleted } = await anna.post<Deleted>('/folders/projects/deletions', { paths: ['work'] });
  expect(deleted[0]?.path).toBe('work');
  expect(deleted.map(({ path }) => path).toSorted()).toEqual(['work', 'work/b.txt', 'work/new', 'work/taken.txt']);
  expect(existsSync(join(sites.get('brazil').root, 'work'))).toBe(false);
  for (const { path, version } of deleted) await anna.post('/folders/projects/restores', { path, version });
  expect(readFileSync(join(sites.get('brazil').root, 'work/b.txt'), 'utf8')).toBe('a');
  await appears('b.txt', 'work', spain);
});

test('the history of a path is paged, the current version first, whatever is added meanwhile', async () => {
  const page = (more = '') => anna.get<Versions>(`/folders/projects/versions?path=paged.txt&limit=2${more}`);
  const save = async (text: string) => {
    write('paged.txt', text);
    return until(
      async () => {
        const { versions } = await anna.get<Versions>('/folders/projects/versions?path=paged.txt');
        return versions[0]?.size === text.length ? versions[0].version : undefined;
      },
      10_000,
      text,
    );
  };
  const made = [await save('1'), await save('22'), await save('333')];
  const first = await page();
  expect(first.versions.map(({ version, head }) => [version, head])).toEqual([
    [made[2], true],
    [made[1], false],
  ]);
  await save('4444');
  const rest = await page(`&cursor=${first.next}`);
  expect([rest.versions.map(({ version }) => version), rest.next]).toEqual([[made[0]], null]);
  expect((await anna.ask('/folders/projects/versions?path=paged.txt&cursor=bm9uZQ')).status).toBe(400);
  expect((await anna.ask('/folders/projects/versions?path=paged.txt&limit=0')).status).toBe(400);
});

test('versions, a diff of two, and the folder as of a past time', async () => {
  write('text.txt', 'one\ntwo\nthree\n');
  const first = await appears('text.txt');
  const then = new Date().toISOString();
  write('text.txt', 'one\n2\nthree\n');
  const second = await until(
    async () => {
      const entry = await named('text.txt');
      return entry?.version === first.version ? undefined : entry;
    },
    20_000,
    'the second version',
  );
  const diff = await anna.get<Diff>(`/folders/projects/diff?path=text.txt&from=${first.version}&to=${second.version}`);
  expect(diff.hunks[0]?.lines.filter(({ is }) => is !== 'same')).toEqual([
    { is: 'removed', text: 'two' },
    { is: 'added', text: '2' },
  ]);
  const old = await anna.ask(`/folders/projects/file?path=text.txt&version=${first.version}`);
  expect(await old.text()).toBe('one\ntwo\nthree\n');
  const past = await entries('', `&at=${then}`);
  expect(past.entries.find(({ name }) => name === 'text.txt')?.version).toBe(first.version);
  const thenFile = await anna.ask(`/folders/projects/file?path=text.txt&at=${then}`);
  expect(await thenFile.text()).toBe('one\ntwo\nthree\n');
  const { happenings, next } = await anna.get<Timeline>('/timeline?limit=2');
  expect(happenings).toHaveLength(2);
  expect(happenings[0]).toMatchObject({ name: 'text.txt', what: 'changed' });
  expect((await anna.get<Timeline>(`/timeline?limit=2&cursor=${next}`)).happenings[0]?.version).not.toBe(
    happenings[1]?.version,
  );
});

test('what is read as of a past time is what was there then, in a zip too', async () => {
  write('past/sub/kept.txt', 'kept then');
  write('past/lost.txt', 'lost then');
  await appears('kept.txt', 'past/sub');
  await appears('lost.txt', 'past');
  const then = new Date().toISOString();
  rmSync(join(sites.get('brazil').root, 'past/lost.txt'));
  write('past/sub/kept.txt', 'kept now');
  write('past/new.txt', 'new now');
  await appears('new.txt', 'past');
  await until(async () => (await named('lost.txt', 'past')) === undefined, 20_000, 'the deletion');
  const read = async (path: string) => {
    const answer = await anna.ask(path);
    return `${answer.status} ${Buffer.from(await answer.arrayBuffer()).toString('latin1')}`;
  };
  expect(await read(`/folders/projects/file?path=past/lost.txt&at=${then}`)).toBe('200 lost then');
  expect(await read(`/folders/projects/file?path=past/new.txt&at=${then}`)).toMatch(/^404 .*nothingThen/);
  const zip = await read(`/folders/projects/zip?path=past&at=${then}`);
  expect(['kept then', 'lost then', 'kept now', 'new now'].map((text) => zip.includes(text))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  // Before anything existed: a folder was empty, and a directory was not there.
  const never = '2000-01-01T00:00:00Z';
  expect((await entries('', `&at=${never}`)).entries).toEqual([]);
  const empty = await read(`/folders/projects/zip?path=&at=${never}`);
  expect([empty.slice(0, 6), empty.includes('.txt')]).toEqual(['200 PK', false]);
  for (const path of ['file?path=past/lost.txt', 'zip?path=past', 'entries?path=past'])
    expect([path, await read(`/folders/projects/${path}&at=${never}`)]).toEqual([
      path,
      expect.stringMatching(/^404 .*nothingThen/),
    ]);
  expect(await read('/folders/projects/zip?path=past&at=garbage')).toMatch(/^400 .*is not a time/);
});

test('search finds parts of names, ignoring case', async () => {
  write('deep/er/Quarterly-Report-2026.PDF', 'x'.repeat(5000));
  await appears('Quarterly-Report-2026.PDF', 'deep/er');
  const find = async (query: string) =>
    (await anna.get<SearchResults>(`/search?${query}`)).entries.map(({ entry }) => entry.name);
  await until(async () => (await anna.get<SearchResults>('/search?q=x')).complete, 10_000, 'the names');
  expect(await find('q=report%20quarter')).toEqual(['Quarterly-Report-2026.PDF']);
  expect(await find('q=report&extension=pdf&minSize=5000')).toEqual(['Quarterly-Report-2026.PDF']);
  expect(await find('q=report&maxSize=10')).toEqual([]);
  expect(await find('minSize=5000&maxSize=5000')).toEqual(['Quarterly-Report-2026.PDF']);
  expect(await find('q=report&origin=spain')).toEqual([]);
});

test('without signing in, or with forged cookies and tokens, everything is refused', async () => {
  const stranger = browser(sites.get('brazil'));
  for (const path of [
    '/folders',
    '/network',
    '/search?q=a',
    '/events',
    '/shares',
    '/folders/projects/file?path=data.bin',
  ])
    expect([path, (await stranger.ask(path)).status]).toEqual([path, 401]);
  const cookie = 'sitesync_brazil=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  expect((await stranger.ask('/folders', { headers: { cookie } })).status).toBe(401);
  const made = (headers: Record<string, string>) =>
    anna.ask('/folders/projects/directories', {
      method: 'POST',
      body: '{"path":"csrf"}',
      headers: { 'content-type': 'application/json', ...headers },
    });
  expect((await made({ 'x-csrf-token': '' })).status).toBe(403);
  expect((await made({ 'x-csrf-token': 'forged' })).status).toBe(403);
  expect((await made({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await made({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect(existsSync(join(sites.get('brazil').root, 'csrf'))).toBe(false);
  expect((await anna.send('POST', '/folders/projects/moves', { from: 'a', to: 'x'.repeat(5_000_000) })).status).toBe(
    413,
  );
});

test('sign-in is limited, and signing out ends the session', async () => {
  const other = browser(sites.get('brazil'));
  await other.signIn('anna');
  const kept = other.headers().cookie;
  expect((await other.send('DELETE', '/session')).status).toBe(200);
  expect((await other.ask('/folders', { headers: { cookie: kept } })).status).toBe(401);
  const many = await Promise.all(Array.from({ length: 20 }, () => browser(sites.get('brazil')).signIn('anna')));
  expect(many.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
  const guesser = browser(sites.get('brazil'));
  const statuses: number[] = [];
  for (let i = 0; i < 11; i++) statuses.push((await guesser.signIn('victor', `guess ${i}`)).status);
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  expect((await guesser.signIn('victor', PASSWORD)).status).toBe(429);
});

test('admins see who signed in and shared, and who tried to', async () => {
  const admin = browser(sites.get('brazil'));
  expect((await admin.signIn('root', 'wrong')).status).toBe(401);
  await admin.signIn('root');
  write('audited.txt', 'x');
  await appears('audited.txt');
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const { link } = await anna.post<Share>('/shares', {
    folder: 'projects',
    path: 'audited.txt',
    kind: 'download',
    expires,
  });
  await browser(sites.get('brazil')).ask(`/public${link!.replace('/share', '')}/file?path=`);
  const { records } = await admin.get<AuditLog>('/audit?limit=4');
  expect(records.map(({ what, user }) => [what, user])).toEqual([
    ['linkUsed', 'anna'],
    ['shareMade', 'anna'],
    ['signedIn', 'root'],
    ['signInFailed', 'root'],
  ]);
  expect(records[0]).toMatchObject({
    folder: 'projects',
    path: 'audited.txt',
    address: expect.stringContaining('127.0.0.1'),
  });
  expect((await admin.get<AuditLog>('/audit?limit=2')).next).toBe('2');
  expect((await anna.ask('/audit')).status).toBe(403);
});

test('names that the folder leaves out are taken by no change', async () => {
  write('kept.txt', 'x');
  await appears('kept.txt');
  const refused = [
    await anna.send('POST', '/folders/projects/directories', { path: 'new.tmp' }),
    await anna.send('POST', '/folders/projects/directories', { path: 'new.tmp/inner' }),
    await anna.send('POST', '/folders/projects/moves', { from: 'kept.txt', to: 'kept.tmp' }),
  ];
  for (const answer of refused)
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'notSynced' }]);
});

test('names are sorted as the reader sorts them, in every view, and searched without case and accents', async () => {
  const names = ['Apfel', 'Ärger', 'banane', 'Report 2', 'Report 10', 'Zebra'];
  for (const name of names) write(bytePath(`order/${name}.txt`), name);
  await until(async () => (await entries('order')).total === names.length, 20_000, 'the names');
  const listed = async (more: string) =>
    (await entries('order', more)).entries.map(({ name }) => name.replace('.txt', ''));
  expect(await listed('&locale=de-AT')).toEqual(names);
  expect(await listed('&locale=de-AT&order=desc')).toEqual(names.toReversed());
  const swedish = ['Apfel', 'banane', 'Report 2', 'Report 10', 'Zebra', 'Ärger'];
  expect(await listed('&locale=sv')).toEqual(swedish);
  expect(await listed(`&locale=sv&at=${new Date().toISOString()}`)).toEqual(swedish);
  // By pages, while names come and go.
  const paged: string[] = [];
  let cursor: string | null = '';
  for (let round = 0; cursor !== null; round++) {
    const page: Entries = await entries(
      'order',
      `&locale=de&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    paged.push(...page.entries.map(({ name }) => name.replace('.txt', '')));
    cursor = page.next;
    if (round !== 0) continue;
    rmSync(join(sites.get('brazil').root, 'order/Ärger.txt'));
    write('order/aaa.txt', 'before');
    await until(
      async () => (await entries('order')).entries.every(({ name }) => name !== 'Ärger.txt'),
      20_000,
      'the change',
    );
  }
  expect(paged).toEqual(names);
  const found = async (q: string) =>
    (await anna.get<SearchResults>(`/search?q=${encodeURIComponent(q)}`)).entries.map(({ entry }) => entry.name);
  write(bytePath('order/Übersicht ZÜRICH.txt'), 'x');
  await until(async () => (await found('übersicht')).length === 1, 20_000, 'the name');
  for (const q of ['ZURICH', 'zürich', 'ubersicht', 'ÜBERSICHT txt'])
    expect([q, await found(q)]).toEqual([q, ['Übersicht ZÜRICH.txt']]);
});

test('a directory says how much is in it, and which offices lack something of it', async () => {
  for (let i = 0; i < 5; i++) write(`total/deep/${i}.txt`, '1234567890');
  const total = () => named('total');
  await until(async () => (await total())?.below?.files === 5, 20_000, 'the count');
  expect((await total())!.below).toEqual({ files: 5, bytes: 50 });
  await until(async () => (await total())!.marks.length === 0, 20_000, 'the state');
  // What spain cannot have yet.
  await sites.get('spain').killAgent();
  try {
    for (let i = 5; i < 8; i++) write(`total/deep/${i}.txt`, '1234567890');
    await until(async () => (await total())!.below!.files === 8, 20_000, 'the new count');
    await until(async () => (await total())!.marks.every(({ site }) => site === 'spain'), 20_000, 'the hub');
    expect((await total())!.marks).toMatchObject([{ site: 'spain', state: 'waiting', below: 3 }]);
  } finally {
    await sites.get('spain').startAgent();
  }
  await until(async () => (await total())!.marks.length === 0, 30_000, 'the state');
});

test('a deleted directory comes back with everything that was deleted with it, and a directory as it was', async () => {
  for (const name of ['a', 'b', 'deep/c']) write(`back/${name}.txt`, `first ${name}`);
  await until(async () => (await entries('back')).total === 3, 20_000, 'the directory');
  await appears('c.txt', 'back/deep');
  const then = new Date().toISOString();
  write('back/a.txt', 'second a');
  await until(
    async () => (await anna.get<Versions>('/folders/projects/versions?path=back/a.txt')).versions.length === 2,
    20_000,
    'a change',
  );
  // What was overwritten here is in the archive of the other site once it has the change.
  const there = () => readFileSync(join(sites.get('germany').root, 'back/a.txt'), 'utf8');
  await until(() => there() === 'second a', 20_000, 'the change at the other site');
  const { version } = (await named('back'))!;
  await anna.post<Deleted>('/folders/projects/deletions', { paths: ['back'], versions: [version] });
  const restored = await anna.post<Restorations>('/folders/projects/restorations', { paths: ['back'] });
  expect(restored).toMatchObject({ failures: 0, goesOn: false });
  const root = sites.get('brazil').root;
  const texts = () => ['a', 'b', 'deep/c'].map((name) => readFileSync(join(root, `back/${name}.txt`), 'utf8'));
  expect(texts()).toEqual(['second a', 'first b', 'first deep/c']);
  const earlier = await anna.post<Restorations>('/folders/projects/restorations', { paths: ['back'], at: then });
  expect(earlier).toMatchObject({ failures: 0, goesOn: false });
  expect(texts()).toEqual(['first a', 'first b', 'first deep/c']);
  const { versions } = await anna.get<Versions>('/folders/projects/versions?path=back/a.txt');
  expect(versions[0]!.author).toBe('anna');
});

test('a deleted entry is dated by its deletion', async () => {
  write('short-lived.txt', 'x');
  await appears('short-lived.txt');
  const before = Date.now() - 1000;
  rmSync(join(sites.get('brazil').root, 'short-lived.txt'));
  const gone = await until(
    async () =>
      (await entries('', '&deleted=true')).entries.find(
        ({ path, kind }) => path === 'short-lived.txt' && kind === 'deleted',
      ),
    20_000,
    'the deletion',
  );
  expect(Date.parse(gone.mtime)).toBeGreaterThan(before);
});

test('a deletion that is held is said to be held, and a download says why there is nothing', async () => {
  const names = Array.from({ length: 80 }, (_, i) => `held/${i}.txt`);
  for (const name of names) write(name, name);
  await until(async () => (await entries('held')).total === 80, 20_000, 'the files');
  rmSync(join(sites.get('brazil').root, 'held'), { recursive: true });
  const isHeld = async () =>
    (await entries('held')).entries.every(({ marks }) =>
      marks.some(({ site, state }) => site === 'brazil' && state === 'held'),
    );
  await until(isHeld, 30_000, 'held deletions');
  const refused = await anna.ask('/folders/projects/file?path=held/1.txt');
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'heldHere' }]);
  const { offices } = await anna.get<Where>('/folders/projects/where?path=held/1.txt');
  expect(offices.find(({ site }) => site === 'brazil')).toMatchObject({ state: 'held' });
  await anna.post('/folders/projects/held/reject', { all: true });
  await until(async () => (await entries('held')).entries.every(({ here }) => here), 30_000, 'the files again');
});

test('a folder whose marker is gone is in trouble at once, and changes are refused with that reason', async () => {
  const marker = join(sites.get('brazil').root, '.sitesync/marker');
  const content = readFileSync(marker);
  rmSync(marker);
  try {
    // Nobody asks anything of the folder: the site notices by itself.
    const trouble = await until(
      async () => (await anna.get<Folders>('/folders')).folders[0]!.trouble,
      15_000,
      'the trouble',
    );
    expect(trouble).toMatchObject({ code: 'markerGone' });
    const refused = await Promise.all([
      anna.send('POST', '/folders/projects/directories', { path: 'new' }),
      anna.send('POST', '/folders/projects/moves', { from: 'held', to: 'other' }),
      anna.send('POST', '/folders/projects/deletions', { paths: ['held'] }),
      anna.send('POST', '/folders/projects/restores', { path: 'held', version: 'brazil.1' }),
      anna.send('POST', '/folders/projects/held/approve', { all: true }),
      anna.send('POST', '/folders/projects/uploads'),
    ]);
    for (const answer of refused)
      expect([answer.url, answer.status, await answer.text()]).toEqual([
        answer.url,
        503,
        expect.stringContaining('marker'),
      ]);
  } finally {
    writeFileSync(marker, content);
  }
  await until(async () => (await anna.get<Folders>('/folders')).folders[0]!.trouble === null, 30_000, 'the folder');
}, 60_000);
