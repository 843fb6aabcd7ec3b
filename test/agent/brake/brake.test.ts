import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ListEntry } from '../../../src/agent/queries/list.ts';
import type { LogEntry } from '../../../src/agent/queries/log.ts';
import type { Why } from '../../../src/agent/queries/why.ts';
import { writePlan } from '../../../src/agent/site/site-files.ts';
import type { BrakeLimits } from '../../../src/api/brake.ts';
import type { NetworkReport } from '../../../src/api/network-report.ts';
import type { Deleted } from '../../../src/web/contract/change.ts';
import type { Held, HeldChanges, HeldOutcome } from '../../../src/web/contract/held.ts';
import { startSites } from '../../support/agents.ts';
import { browser, writeUsers } from '../../support/page.ts';
import { treeOf } from '../../support/tree.ts';
import { until } from '../../support/until.ts';

/** A child, its hub and another child; files are removed at one of them by mistake. */
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
    page: true,
  });
  await writeUsers(sites.get('brazil'), [
    { name: 'anna', folders: { projects: 'editor' } },
    { name: 'victor', folders: { projects: 'viewer' } },
    { name: 'nora' },
  ]);
  await until(
    async () => (await Promise.all(sites.all().map((site) => site.status()))).every((status) => status.connected),
    30_000,
    'all connected',
  );
}, 60_000);
afterAll(() => sites?.stop(), 60_000);
// What one test leaves held must not fail the next.
afterEach(async () => {
  for (const site of sites.all())
    if (await held(site.plan.site)) await site.api('/api/v1/reject-held', { method: 'POST' });
});

/** `count` files in directories of 50, all with different content. */
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

/** Resolves when an event says that the held changes have changed. */
async function heldEvent(response: Response): Promise<void> {
  let text = '';
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes('event: held')) text += (await reader.read()).value;
  await reader.cancel();
}

async function decide(verdict: 'approve' | 'reject', paths?: string[], site = 'brazil'): Promise<HeldOutcome> {
  const response = await sites.get(site).api(`/api/v1/held/${verdict}`, {
    method: 'POST',
    body: JSON.stringify({ folder: 'projects', ...(paths ? { paths } : { all: true }) }),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as HeldOutcome;
}

const ask = async <T>(path: string, site = 'brazil') => (await (await sites.get(site).api(path)).json()) as T;

/** The journal of the site has everything on its disk except what is held. */
const settled = (site = 'brazil') => sites.get(site).api('/api/v1/settle', { method: 'POST' });

const listed = async (site = 'brazil') =>
  (await (await sites.get(site).api('/api/v1/held/changes?folder=projects&limit=1000')).json()) as HeldChanges;

describe('a mass deletion', () => {
  it('is held: nothing is removed elsewhere, other changes are synced, part is approved and the rest restored', async () => {
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

describe('the page, API and command line', () => {
  it('show what is held, here and at other sites, and who may decide', async () => {
    const [anna, victor, nora] = await Promise.all(
      ['anna', 'victor', 'nora'].map(async (name) => {
        const one = browser(sites.get('brazil'));
        await one.signIn(name);
        return one;
      }),
    );
    const events = anna!.ask('/events').then(heldEvent);
    write('brazil', 's4', 120);
    await everywhere();
    rmSync(at('brazil', 's4'), { recursive: true });
    await until(async () => (await held()) === 124, 20_000, 'held');
    await events;

    const { folders } = await anna!.get<Held>('/held');
    expect(folders).toMatchObject([
      { folder: 'projects', changes: 124, deletions: 124, overwrites: 0, mayDecide: true },
    ]);
    expect((await victor!.get<Held>('/held')).folders).toMatchObject([{ mayDecide: false }]);
    expect((await nora!.get<Held>('/held')).folders).toEqual([]);
    expect((await nora!.ask('/folders/projects/held')).status).toBe(404);
    const page = await victor!.get<HeldChanges>('/folders/projects/held?path=s4/1&limit=20');
    expect(page.changes).toBe(51);
    expect(page.held.slice(0, 2)).toMatchObject([{ path: 's4/1' }, { path: 's4/1/50.txt', before: { size: 13 } }]);
    const next = await victor!.get<HeldChanges>(`/folders/projects/held?path=s4/1&limit=20&cursor=${page.next}`);
    expect(next.held[0]!.path > page.held.at(-1)!.path).toBe(true);
    expect(next.changes).toBe(null);
    expect((await victor!.get<HeldChanges>('/folders/projects/held?kind=overwritten')).held).toEqual([]);
    expect((await victor!.send('POST', '/folders/projects/held/reject', { all: true })).status).toBe(403);
    const wrong = await anna!.send('POST', '/folders/projects/held/reject', {});
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('Write')]);
    expect((await anna!.send('POST', '/folders/projects/held/approve', { paths: ['other'] })).status).toBe(404);

    const why = await ask<Why>('/api/v1/why?folder=projects&path=s4/1/50.txt');
    expect(why.sites.find(({ site }) => site === 'brazil')).toMatchObject({
      state: 'held',
      next: expect.stringContaining('"sitesync approve projects:s4/1/50.txt --at brazil"'),
    });
    const { entries } = await ask<{ entries: ListEntry[] }>('/api/v1/ls?folder=projects&path=s4/1');
    expect(entries[0]!.sites).toContainEqual({ site: 'brazil', has: false });
    expect(entries[0]!.sites).toContainEqual({ site: 'germany', has: true });
    expect(await (await sites.get('brazil').api('/metrics')).text()).toMatch(
      /sitesync_held\{network="[^"]+",site="brazil"\} 124/,
    );
    await until(
      async () => {
        const { sites: all } = await ask<NetworkReport>('/api/v1/network', 'spain');
        return all.find(({ name }) => name === 'brazil')?.summary.held === 124;
      },
      20_000,
      'told to spain',
    );

    expect(await anna!.post<HeldOutcome>('/folders/projects/held/approve', { paths: ['s4/0', 's4/1'] })).toMatchObject({
      decided: 102,
      left: 22,
    });
    const [deletion] = (await ask<{ versions: LogEntry[] }>('/api/v1/log?folder=projects&path=s4/1/50.txt')).versions;
    expect(deletion).toMatchObject({ kind: 'deleted', head: true });
    await until(() => !existsSync(at('spain', 's4/1')), 20_000, 'approved');
    const restored = await sites.get('spain').api('/api/v1/restore', {
      method: 'POST',
      body: JSON.stringify({ folder: 'projects', path: 's4/1/50.txt', version: deletion!.base }),
    });
    expect(restored.status).toBe(200);
    await until(() => existsSync(at('brazil', 's4/1/50.txt')), 20_000, 'restored');
    expect((await sites.get('brazil').api('/api/v1/reject-held', { method: 'POST' })).status).toBe(202);
    await everywhere('spain');
  }, 120_000);

  it('do not hold what a user deletes on the page', async () => {
    write('brazil', 's5', 120);
    await everywhere();
    const anna = browser(sites.get('brazil'));
    await anna.signIn('anna');
    const { deleted } = await anna.post<Deleted>('/folders/projects/deletions', { paths: ['s5'] });
    expect(deleted).toHaveLength(124);
    await until(() => !existsSync(at('spain', 's5')), 20_000, 'gone');
    await everywhere();
    expect(await held()).toBe(0);
  }, 120_000);
});

describe('a mass overwrite', () => {
  it('is held; a remote edit and the local content are both kept; after a rejection both are in the history', async () => {
    write('brazil', 's2', 200);
    await everywhere();
    const before = treeOf(at('germany'));
    write('brazil', 's2', 200, 'ENCRYPTED');
    await until(async () => (await held()) === 200, 20_000, 'held');
    await settled();
    expect(await held()).toBe(200);
    expect(treeOf(at('germany'))).toEqual(before);
    expect((await listed()).held[0]).toMatchObject({
      kind: 'overwritten',
      before: { kind: 'file' },
      after: { kind: 'file' },
    });

    writeFileSync(at('spain', 's2/0/7.txt'), 'edited at spain');
    rmSync(at('spain', 's2/0/8.txt'));
    await until(async () => (await held()) === 198, 20_000, 'two less');
    await until(() => readFileSync(at('brazil', 's2/0/7.txt'), 'utf8') === 'edited at spain', 20_000, 'the edit');
    const copies = () => readdirSync(at('germany', 's2/0')).filter((name) => name.includes('(conflict brazil'));
    await until(() => copies().length === 2, 20_000, 'the copies');
    for (const [name, i] of [
      ['7', 7],
      ['8', 8],
    ] as const)
      expect(readFileSync(at('germany', `s2/0/${copies().find((copy) => copy.startsWith(`${name} `))}`), 'utf8')).toBe(
        `ENCRYPTED s2 ${i}`,
      );

    expect(await decide('approve', ['s2/1'])).toMatchObject({ decided: 50, left: 148 });
    await until(() => readFileSync(at('spain', 's2/1/60.txt'), 'utf8') === 'ENCRYPTED s2 60', 20_000, 'approved');
    expect(await decide('reject')).toMatchObject({ decided: 148, left: 0, refused: [] });
    await everywhere('spain');
    expect(readFileSync(at('brazil', 's2/3/199.txt'), 'utf8')).toBe('content s2 199');
    const { versions } = await ask<{ versions: LogEntry[] }>('/api/v1/log?folder=projects&path=s2/3/199.txt');
    expect(versions.map(({ kind, keptHere }) => [kind, keptHere])).toEqual([
      ['file', true],
      ['file', true],
      ['file', false],
    ]);
    expect(copies()).toHaveLength(2);
    const rejected = await sites.get('spain').api('/api/v1/restore', {
      method: 'POST',
      body: JSON.stringify({ folder: 'projects', path: 's2/3/199.txt', version: versions[1]!.version }),
    });
    // Only the archive of the site where it was written has it, and that is not a neighbour of spain.
    expect(rejected.status).toBe(404);
    const restored = await sites.get('brazil').api('/api/v1/restore', {
      method: 'POST',
      body: JSON.stringify({ folder: 'projects', path: 's2/3/199.txt', version: versions[1]!.version }),
    });
    expect(restored.status).toBe(200);
    await until(() => readFileSync(at('spain', 's2/3/199.txt'), 'utf8') === 'ENCRYPTED s2 199', 20_000, 'restored');
    await everywhere();
  }, 120_000);
});

describe('not a mass deletion', () => {
  it('moving a directory with a thousand files, deleting a few files, changing times and modes', async () => {
    write('brazil', 'm/in', 1000);
    await everywhere('brazil', 90_000);
    renameSync(at('brazil', 'm/in'), at('brazil', 'moved'));
    await until(() => existsSync(at('spain', 'moved/19/999.txt')) && !existsSync(at('spain', 'm/in')), 60_000, 'moved');
    await everywhere('brazil', 90_000);
    for (let i = 0; i < 40; i++) rmSync(at('brazil', `moved/0/${i}.txt`));
    for (let i = 0; i < 300; i++) utimesSync(at('brazil', `moved/${Math.floor(i / 50) + 1}/${i + 50}.txt`), 1, 2);
    execFileSync('chmod', ['-R', 'o-r', at('brazil', 'moved/9')]);
    await everywhere('brazil', 90_000);
    expect(await held()).toBe(0);
  }, 240_000);

  it('deletions received from another site that approved them', async () => {
    rmSync(at('spain', 'moved'), { recursive: true });
    await until(() => held('spain'), 20_000, 'held at spain');
    await settled('spain');
    expect(await held('spain')).toBeGreaterThan(900);
    await decide('approve', undefined, 'spain');
    await everywhere('spain', 90_000);
    expect(existsSync(at('brazil', 'moved'))).toBe(false);
    expect(await held()).toBe(0);
  }, 120_000);

  it('anything, if the brake of the folder is disabled', async () => {
    const site = sites.get('germany');
    const brake: BrakeLimits = {
      enabled: false,
      deletions: { files: 0, percent: 0, most: 1 },
      overwrites: { files: 0, percent: 0, most: 1 },
    };
    const tell = (limits: BrakeLimits) =>
      writePlan(site.dir, { ...site.plan, folders: site.plan.folders.map((folder) => ({ ...folder, brake: limits })) });
    write('germany', 's7', 120);
    await everywhere('germany');
    const planOf = async () =>
      (await ask<NetworkReport>('/api/v1/network', 'germany')).sites.find(({ name }) => name === 'germany')!.summary
        .plan;
    const before = await planOf();
    tell(brake);
    await until(async () => (await planOf()) !== before, 20_000, 'the new plan');
    rmSync(at('germany', 's7'), { recursive: true });
    await everywhere('germany');
    write('germany', 's7', 2);
    await everywhere('germany');
    const off = await planOf();
    tell({ ...brake, enabled: true });
    await until(async () => (await planOf()) !== off, 20_000, 'the next plan');
    rmSync(at('germany', 's7/0/0.txt'));
    await until(async () => (await held('germany')) === 1, 20_000, 'held');
    await decide('approve', undefined, 'germany');
    writePlan(site.dir, site.plan);
    await everywhere('germany');
  }, 120_000);
});

describe('held changes', () => {
  it('stay held across a crash until the files are restored by hand; remote edits are applied', async () => {
    write('brazil', 's3', 300);
    await everywhere();
    const site = sites.get('brazil');
    const backup = join(site.dir.root, 'backup');
    execFileSync('cp', ['-a', at('brazil', 's3'), backup]);
    await site.killAgent();
    rmSync(at('brazil', 's3'), { recursive: true });
    await site.startAgent();
    await until(async () => (await held()) === 307, 30_000, 'held after a pass');
    await site.killAgent();
    await site.startAgent();
    await until(async () => (await site.status()).connected && (await held()) === 307, 30_000, 'still held');
    await settled();
    expect(await held()).toBe(307);
    expect(existsSync(at('brazil', 's3'))).toBe(false);
    expect(readdirSync(at('spain', 's3/0'))).toHaveLength(50);

    writeFileSync(at('spain', 's3/0/1.txt'), 'edited at spain');
    await until(() => readFileSync(at('brazil', 's3/0/1.txt'), 'utf8') === 'edited at spain', 20_000, 'the edit');
    // The file, and the directories that it needs.
    await until(async () => (await held()) === 304, 20_000, 'less');

    mkdirSync(at('brazil', 's3/2'), { recursive: true });
    for (let i = 100; i < 120; i++) {
      copyFileSync(join(backup, `2/${i}.txt`), at('brazil', `s3/2/${i}.txt`));
      const { atime, mtime } = statSync(join(backup, `2/${i}.txt`));
      if (i > 100) utimesSync(at('brazil', `s3/2/${i}.txt`), atime, mtime);
    }
    writeFileSync(at('brazil', 's3/2/101.txt'), 'something else');
    await until(async () => (await held()) === 284, 20_000, 'what came back');
    expect((await listed()).held.filter(({ kind }) => kind === 'overwritten')).toMatchObject([
      { path: 's3/2/101.txt' },
    ]);
    expect(readFileSync(at('spain', 's3/2/101.txt'), 'utf8')).toBe('content s3 101');
    await decide('approve');
    await everywhere();
    expect(readFileSync(at('spain', 's3/2/101.txt'), 'utf8')).toBe('something else');
    expect(readFileSync(at('spain', 's3/0/1.txt'), 'utf8')).toBe('edited at spain');
    expect(readdirSync(at('spain', 's3'))).toEqual(['0', '2']);
  }, 120_000);
});

describe('an unmounted disk', () => {
  it.each([
    ['an empty mount point in place of the tree', () => renameSync(at('brazil'), `${at('brazil')}-away`), true],
    ['a marker that is gone with the files', () => rmSync(at('brazil', '.sitesync/marker')), false],
  ])(
    '%s: nothing leaves',
    async (_, unmount, empty) => {
      mkdirSync(at('brazil', 's8'), { recursive: true });
      for (let i = 0; i < 20; i++) writeFileSync(at('brazil', `s8/${i}`), `on the disk ${i}`);
      await everywhere();
      const site = sites.get('brazil');
      const before = treeOf(at('spain'));
      if (!empty) execFileSync('cp', ['-a', `${at('brazil')}/s8`, join(site.dir.root, 's8-backup')]);
      unmount();
      if (empty) mkdirSync(at('brazil'));
      else rmSync(at('brazil', 's8'), { recursive: true });
      await site.api('/api/v1/rescan', { method: 'POST' });
      await until(
        async () => JSON.stringify((await site.status()).errors).includes('is the disk mounted?'),
        20_000,
        'told',
      );
      expect((await site.status()).inSync).toBe(false);
      await site.killAgent();
      await site.startAgent();
      await until(
        async () => JSON.stringify((await site.status()).errors).includes('is the disk mounted?'),
        20_000,
        'told',
      );
      writeFileSync(at('spain', 'meanwhile.txt'), `${empty}`);
      await until(() => readFileSync(at('germany', 'meanwhile.txt'), 'utf8') === `${empty}`, 20_000, 'others go on');
      const { 'meanwhile.txt': _news, ...now } = treeOf(at('spain'));
      const { 'meanwhile.txt': _old, ...then } = before;
      expect(now).toEqual(then);
      if (empty) {
        rmSync(at('brazil'), { recursive: true });
        renameSync(`${at('brazil')}-away`, at('brazil'));
      } else {
        execFileSync('cp', ['-a', join(site.dir.root, 's8-backup'), at('brazil', 's8')]);
        writeFileSync(at('brazil', '.sitesync/marker'), 'projects\n');
      }
      await everywhere('spain');
    },
    120_000,
  );
});
