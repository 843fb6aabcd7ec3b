import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSites } from '../support/agents.ts';
import { mountHangingDisk } from '../support/hanging-disk.ts';
import { browser, writeUsers } from '../support/page.ts';
import { until } from '../support/until.ts';

const root = mkdtempSync(join(tmpdir(), 'sitesync-hanging-'));
let sites: Awaited<ReturnType<typeof startSites>>;

beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [], folder: { path: root }, page: true });
  await writeUsers(sites.get('germany'), [{ name: 'anna', admin: true }]);
}, 60_000);

afterAll(async () => {
  await sites?.stop();
  rmSync(root, { recursive: true, force: true });
}, 60_000);

test('who asks for what is on a disk that hangs gets the reason, and all is well when it answers again', async ({
  skip,
}) => {
  const germany = sites.get('germany');
  const anna = browser(germany);
  await anna.signIn('anna');
  writeFileSync(join(root, 'f'), 'content');
  const versions = async () =>
    (await (await germany.api('/api/v1/log?folder=projects&path=f')).json()) as { versions?: { version: string }[] };
  const version = await until(async () => (await versions()).versions?.[0]?.version);
  const disk = await mountHangingDisk(root);
  if (!disk) return skip('may not mount');
  try {
    disk.hang();
    const restore = { folder: 'projects', path: 'f', version };
    const asked = [
      () => anna.ask('/folders/projects/file?path=f'),
      () => anna.ask('/folders/projects/zip?path='),
      () => anna.send('POST', '/folders/projects/directories', { path: 'd' }),
      () => germany.api('/api/v1/restore', { method: 'POST', body: JSON.stringify(restore) }),
    ];
    const answers = await Promise.all(asked.map((ask) => ask()));
    for (const answer of answers)
      expect([answer.url, answer.status, await answer.text()]).toEqual([
        answer.url,
        503,
        expect.stringMatching(/does not answer|does not respond/),
      ]);
    // The agent itself goes on.
    expect(await germany.status()).toMatchObject({ inSync: false });
  } finally {
    disk.answer();
    disk.remove();
  }
  await until(async () => (await anna.ask('/folders/projects/file?path=f')).status === 200, 60_000, 'the file again');
  await until(async () => (await germany.status()).inSync, 60_000, 'in sync again');
}, 180_000);
