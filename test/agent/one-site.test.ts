import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'mysql2/promise';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSite } from '../../src/agent/create-site.ts';
import { openFolders } from '../../src/agent/folders.ts';
import { fileState } from '../../src/agent/fs/disk-state.ts';
import { realDisk } from '../../src/agent/fs/real-disk.ts';
import { settleWhole } from '../../src/agent/fs/stable-file.ts';
import { ingest } from '../../src/agent/journal/ingest.ts';
import { record } from '../../src/agent/journal/record.ts';
import type { Site } from '../../src/agent/site/site.ts';
import { readSiteFiles } from '../../src/agent/site/site-files.ts';
import { loadCounters } from '../../src/agent/store/counters.ts';
import { refOf } from '../../src/agent/store/path-ref.ts';
import { openDatabase } from '../../src/database/connect.ts';
import { until } from '../support/until.ts';
import { createScene, sha } from './apply/crash/scene.ts';

/** One site and what another one says, step by step. */
let scene: Awaited<ReturnType<typeof createScene>>;
let db: Pool;
const end = new AbortController();

beforeAll(async () => {
  scene = await createScene();
  const { plan, secrets } = readSiteFiles(scene.dir);
  db = openDatabase(plan, secrets);
}, 120_000);
afterAll(async () => {
  end.abort();
  await db?.end();
  await scene?.stop();
}, 60_000);
beforeEach(() => scene.reset());

/** The agent's parts that open its folder, as after a start. */
async function startSite(ignore: string[] = []): Promise<Site> {
  const { plan: written, secrets } = readSiteFiles(scene.dir);
  const plan = { ...written, folders: written.folders.map((folder) => ({ ...folder, ignore })) };
  const counters = await loadCounters(db, plan.site);
  const site = createSite({
    plan,
    secrets,
    dir: scene.dir,
    db,
    log: pino({ level: 'silent' }),
    signal: end.signal,
    counters,
  });
  await openFolders(site, async () => true);
  return site;
}

const names = (dir = '') => readdirSync(join(scene.root, dir)).sort();
const text = (path: string) => readFileSync(join(scene.root, path), 'utf8');

it('a file with the content of a version and another time, which cannot be set, is not kept as an edit', async () => {
  const site = await startSite();
  writeFileSync(join(scene.root, 'path'), 'made there');
  utimesSync(join(scene.root, 'path'), 1, 1);
  await scene.say({ path: { file: 'made there' } });
  await ingest(site);
  // A program has it open, so its time stays as it is.
  const program = openSync(join(scene.root, 'path'), 'r+');
  const found = await until(() => {
    const settled = settleWhole({ root: scene.root, disk: realDisk }, 'path', 4096);
    return settled === 'changing' ? undefined : settled;
  });
  expect(await record(site, [{ ref: refOf('projects', 'path'), against: undefined, state: fileState(found) }])).toEqual(
    [],
  );
  await scene.say({ path: { file: 'edited there' } });
  await ingest(site);
  closeSync(program);
  expect(text('path')).toBe('edited there');
  expect(names()).toEqual(['.sitesync', 'path']);
  expect(await scene.rows('SELECT * FROM site_here.version')).toEqual([]);
});

it('what was being replaced when the database was lost is archived', async () => {
  await startSite();
  writeFileSync(join(scene.root, '.sitesync/staging/new-1-1'), 'a losing edit that was just caught');
  writeFileSync(join(scene.root, '.sitesync/replaced/new-1-2'), 'replaced while a program had it open');
  await scene.rows('DELETE FROM local.paired');
  const site = await startSite();
  expect([...site.folderErrors.values()]).toEqual([]);
  for (const content of ['a losing edit that was just caught', 'replaced while a program had it open'])
    expect(scene.archive().get(sha(content).toString('hex'))?.content.toString()).toBe(content);
  expect([names('.sitesync/staging'), names('.sitesync/replaced')]).toEqual([[], []]);
});

it('a file that is ignored by now and was changed here keeps nobody waiting when a version of it arrives', async () => {
  const before = await startSite();
  await scene.say({ 'notes.tmp': { file: 'made there' } });
  await ingest(before);
  const site = await startSite(['*.tmp']);
  scene.write('notes.tmp', 'changed here, which nobody observes');
  await scene.say({ 'notes.tmp': { file: 'edited there before the rule' }, other: { file: 'other' } });
  await ingest(site);
  expect(text('other')).toBe('other');
  expect(text('notes.tmp')).toBe('changed here, which nobody observes');
  expect(await scene.rows('SELECT * FROM local.pending')).toEqual([]);
  expect(names('.sitesync/staging')).toEqual([]);
});

it('a folder whose archive or staging somebody removed is opened again, and goes on', async () => {
  const site = await startSite();
  await scene.say({ path: { file: 'first' } });
  await ingest(site);
  for (const name of ['archive', 'staging']) rmSync(join(scene.root, '.sitesync', name), { recursive: true });
  await scene.say({ path: { file: 'second' } });
  await ingest(site);
  expect([...site.folderErrors.values()]).toMatchObject([{ code: 'folderReplaced' }]);
  await openFolders(site, async () => true);
  await ingest(site);
  const want = (await scene.rows('SELECT * FROM local.pending')).length;
  expect([want, [...site.folderErrors]]).toEqual([1, []]);
  await scene.say({ path: { file: 'third' } });
  await ingest(site);
  expect(text('path')).toBe('third');
  expect(scene.archive().get(sha('first').toString('hex'))?.content.toString()).toBe('first');
});

it('an archive on another filesystem is refused with the reason, and used again once it is gone', async ({ skip }) => {
  await startSite();
  const archive = join(scene.root, '.sitesync/archive');
  if (spawnSync('mount', ['-t', 'tmpfs', 'sitesync', archive]).status !== 0) return skip('may not mount');
  try {
    const { folderErrors } = await startSite();
    expect([...folderErrors.values()]).toMatchObject([{ code: 'ownDirectoryMounted', params: { path: archive } }]);
  } finally {
    execFileSync('umount', [archive]);
  }
  expect([...(await startSite()).folderErrors]).toEqual([]);
});
