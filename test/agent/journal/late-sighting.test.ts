import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'mysql2/promise';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSite } from '../../../src/agent/create-site.ts';
import { openFolders } from '../../../src/agent/folders.ts';
import { fileState, stateOf } from '../../../src/agent/fs/disk-state.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { settleWhole } from '../../../src/agent/fs/stable-file.ts';
import type { DiskObservation } from '../../../src/agent/journal/classify.ts';
import { ingest } from '../../../src/agent/journal/ingest.ts';
import { record } from '../../../src/agent/journal/record.ts';
import type { Site } from '../../../src/agent/site/site.ts';
import { readSiteFiles } from '../../../src/agent/site/site-files.ts';
import { loadCounters } from '../../../src/agent/store/counters.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import { openDatabase } from '../../../src/database/connect.ts';
import { until } from '../../support/until.ts';
import { createScene } from '../apply/crash/scene.ts';

/** Another site's version is observed here while it is placed, and journaled only after it was deleted again. */
let scene: Awaited<ReturnType<typeof createScene>>;
let site: Site;
let db: Pool;
const end = new AbortController();

beforeAll(async () => {
  scene = await createScene();
}, 60_000);
afterAll(async () => {
  end.abort();
  await db?.end();
  await scene?.stop();
}, 30_000);

beforeEach(async () => {
  await scene.reset();
  const { plan, secrets } = readSiteFiles(scene.dir);
  await db?.end();
  db = openDatabase(plan, secrets);
  const counters = await loadCounters(db, plan.site);
  const log = pino({ level: 'silent' });
  site = createSite({ plan, secrets, dir: scene.dir, db, log, signal: end.signal, counters });
  await openFolders(site, async () => true);
});

/** As observed before the transaction that records its placement: the index does not have it. */
async function seen(path: string): Promise<DiskObservation> {
  const ref = refOf('projects', path);
  const tree = { root: scene.root, disk: realDisk };
  const settled = await until(() => {
    const found = settleWhole(tree, path, 4096);
    return found === 'changing' ? undefined : (found ?? 'none');
  });
  const state = settled === 'none' ? stateOf(tree, path) : fileState(settled);
  return { ref, against: undefined, ...(state && { state }) };
}

it.each([
  ['a file', { file: 'made there' }],
  ['a symlink', { link: 'nowhere' }],
  ['a directory', { dir: true as const }],
])('%s that is gone again is no edit of this site', async (_what, said) => {
  await scene.say({ path: said });
  await ingest(site);
  const sighting = await seen('path');
  await scene.say({ path: { deleted: true } });
  await ingest(site);
  expect((await record(site, [sighting])).map(({ path }) => path)).toEqual(['path']);
  expect(await scene.rows('SELECT * FROM site_here.version')).toEqual([]);
});

it('what is created where something was deleted is an edit', async () => {
  await scene.say({ path: { file: 'made there' } });
  await scene.say({ path: { deleted: true } });
  await ingest(site);
  writeFileSync(join(scene.root, 'path'), 'made here');
  expect(await record(site, [await seen('path')])).toEqual([]);
  expect(await scene.rows("SELECT kind FROM site_here.version WHERE path = 'path'")).toEqual([{ kind: 'file' }]);
});
