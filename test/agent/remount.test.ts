import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePlan } from '../../src/agent/site/site-files.ts';
import { startSites } from '../support/agents.ts';
import { agree, connected } from '../support/agree.ts';
import { unlessGone } from '../support/tree.ts';
import { until } from '../support/until.ts';

/** A folder's disk is remounted while its site runs: brazil has its folder on a mount. */
const temp = mkdtempSync(join(tmpdir(), 'sitesync-remount-'));
const [disk, older, root] = ['disk', 'older', 'root'].map((name) => join(temp, name)) as [string, string, string];
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
/** Too large to travel in a row: it is fetched to the folder's disk and renamed into place. */
const large = (word: string) => word.repeat(10_000);

/** What the agent of brazil has open: where each descriptor leads, and the id of the mount. */
function opened(): { path: string; mount: string }[] {
  const proc = `/proc/${sites!.get('brazil').pid()}`;
  return readdirSync(`${proc}/fd`).flatMap((fd) => {
    const path = unlessGone(() => readlinkSync(`${proc}/fd/${fd}`));
    const info = unlessGone(() => readFileSync(`${proc}/fdinfo/${fd}`, 'utf8'));
    const mount = info && /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
    return path?.startsWith('/') && mount ? [{ path, mount }] : [];
  });
}

/** Nothing of what was unmounted is open: else its filesystem would stay busy. */
async function nothingOfBefore(): Promise<void> {
  const left = () => {
    const mountinfo = readFileSync(`/proc/${sites!.get('brazil').pid()}/mountinfo`, 'utf8');
    const mounts = new Set(mountinfo.split('\n').map((line) => line.split(' ')[0]));
    return opened().filter(({ mount }) => !mounts.has(mount));
  };
  await until(() => left().length === 0, 20_000, 'nothing open of what was unmounted').catch(() =>
    expect(left()).toEqual([]),
  );
}

it('the same disk: changes are synced both ways', async ({ skip }) => {
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
  await nothingOfBefore();
}, 120_000);

it('without a moment in between it is a different mount too', async ({ skip }) => {
  if (!sites) return skip('may not mount');
  unmount();
  expect(mount(disk)).toBe(true);
  writeFileSync(at('germany', 'in'), large('anew'));
  writeFileSync(at('brazil', 'out'), large('also'));
  await agree(sites.all());
  expect([text('brazil', 'in'), text('germany', 'out')]).toEqual([large('anew'), large('also')]);
  await nothingOfBefore();
}, 120_000);

/** What brazil has said of its files, as germany has it. */
async function saidByBrazil(): Promise<string[]> {
  const [rows] = await sites!
    .get('germany')
    .database.pool.query<RowDataPacket[]>('SELECT kind, path, size FROM site_brazil.version ORDER BY seq');
  return rows.map((row) => `${row.kind} ${row.path} ${row.size}`);
}

it('an older copy of the disk: what is merely old is brought up to date, and edits in the copy stay edits', async ({
  skip,
}) => {
  if (!sites) return skip('may not mount');
  for (const name of ['brazil', 'germany'])
    for (const what of ['edited', 'deleted', 'kept']) writeFileSync(at(name, `${what}-${name}`), large('old'));
  await agree(sites.all());
  execFileSync('cp', ['--archive', root, older]);
  for (const name of ['brazil', 'germany']) {
    writeFileSync(at(name, `edited-${name}`), large('newer'));
    writeFileSync(at(name, `made-${name}`), large('made since'));
    rmSync(at(name, `deleted-${name}`));
  }
  await agree(sites.all());
  const before = await saidByBrazil();
  unmount();
  writeFileSync(join(older, 'kept-brazil'), 'edited in the copy');
  expect(spawnSync('mount', ['--bind', older, root]).status).toBe(0);
  writeFileSync(at('brazil', 'out'), 'new in the copy');
  await until(
    () => existsSync(at('germany', 'out')) && text('germany', 'out') === 'new in the copy',
    60_000,
    'the new one',
  );
  await agree(sites.all());
  for (const name of ['brazil', 'germany']) {
    expect(text('brazil', `edited-${name}`)).toBe(large('newer'));
    expect(text('brazil', `made-${name}`)).toBe(large('made since'));
    expect(existsSync(at('brazil', `deleted-${name}`))).toBe(false);
  }
  expect(text('germany', 'kept-brazil')).toBe('edited in the copy');
  const since = (await saidByBrazil()).slice(before.length);
  expect(since.sort()).toEqual(['file kept-brazil 18', 'file out 15']);
  await nothingOfBefore();
}, 180_000);

it('a folder that leaves the plan: nothing of it is open any more', async ({ skip }) => {
  if (!sites) return skip('may not mount');
  const { dir, plan } = sites.get('brazil');
  expect(opened().filter(({ path }) => path.startsWith(root)).length).toBeGreaterThan(0);
  writePlan(dir, { ...plan, folders: [] });
  await until(() => !opened().some(({ path }) => path.startsWith(root)), 20_000, 'nothing open in the folder');
}, 60_000);
