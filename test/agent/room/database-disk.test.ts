import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { startSites } from '../../support/agents.ts';
import { browser, writeUsers } from '../../support/page.ts';
import { until } from '../../support/until.ts';

/** Everything of the site but its folder is on a small disk, which becomes full. */
const [disk, root] = ['disk', 'root'].map((name) => mkdtempSync(join(tmpdir(), `sitesync-${name}-`))) as [
  string,
  string,
];
/** Needs root. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'sitesync', disk]).status === 0;
let sites: Awaited<ReturnType<typeof startSites>> | undefined;

beforeAll(async () => {
  if (!mounted) return;
  const before = process.env.TMPDIR;
  process.env.TMPDIR = disk;
  try {
    sites = await startSites({ hubs: ['germany'], links: [], paths: { germany: root }, page: true });
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  await writeUsers(sites.get('germany'), [{ name: 'anna', admin: true }]);
}, 90_000);

afterAll(async () => {
  await sites?.stop();
  if (mounted) spawnSync('umount', ['--lazy', disk]);
  for (const path of [disk, root]) rmSync(path, { recursive: true, force: true });
}, 60_000);

test('status and page show that the disk of the database is full, and it is over when there is room', async ({
  skip,
}) => {
  if (!sites) return skip('may not mount');
  const germany = sites.get('germany');
  const anna = browser(germany);
  await anna.signIn('anna');
  const { bavail, bsize } = statfsSync(germany.dir.state);
  const filler = join(disk, 'filler');
  writeFileSync(filler, Buffer.alloc(bavail * bsize - 8_000_000));
  const errors = async () => String((await germany.status()).errors);
  await until(async () => (await errors()).includes(`no space left on its disk (${germany.dir.state})`), 20_000);
  await until(async () => (await (await anna.ask('/network')).text()).includes('databaseDiskFull'), 20_000, 'the page');
  rmSync(filler);
  await until(async () => !(await errors()).includes('no space left'), 20_000, 'over');
  writeFileSync(join(root, 'saved'), 'saved');
  await until(async () => (await (await germany.api('/api/v1/ls?folder=projects&path=')).text()).includes('"saved"'));
  await until(async () => (await germany.status()).inSync, 20_000, 'in sync');
}, 120_000);
