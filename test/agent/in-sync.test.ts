import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { mergeStatus } from '../../src/agent/queries/merge-status.ts';
import type { AgentStatus } from '../../src/agent/queries/status.ts';
import { writePlan } from '../../src/agent/site/site-files.ts';
import { startSites, type TestSite } from '../support/agents.ts';
import { treeOf } from '../support/tree.ts';
import { until } from '../support/until.ts';

/** Two sites: "in sync" is claimed only for what was compared. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path = '') => join(sites.get(name).root, path);

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [['brazil', 'germany']],
    folder: { ignore: ['Thumbs.db'] },
  });
  await inSync();
}, 120_000);
afterAll(() => sites?.stop());

const statusOf = (site: TestSite) => site.status() as unknown as Promise<AgentStatus>;
/** As `sitesync status` decides it: what one site knows counts for all. */
async function isInSync(): Promise<boolean> {
  const answers = await Promise.all(
    sites.all().map(async (site) => ({ plan: site.plan, status: (await site.status()) as unknown as AgentStatus })),
  );
  return mergeStatus(answers).every((report) => report.inSync);
}
const inSync = () => until(isInSync, 60_000, 'all in sync');

/** Both trees without ignored files. */
const differ = () => {
  const [a, b] = sites.all().map(({ root }) => {
    const tree = Object.entries(treeOf(root)).filter(([path]) => !path.endsWith('Thumbs.db'));
    return JSON.stringify(tree);
  });
  return a !== b;
};

/** The trees become equal, and until then not all sites claim to be in sync. */
async function becomeEqualWithoutLie(): Promise<void> {
  const lies: string[][] = [];
  await until(
    async () => {
      const said = await isInSync();
      if (!differ()) return true;
      if (said) lies.push(sites.all().map(({ root }) => JSON.stringify(treeOf(root))));
      return false;
    },
    60_000,
    'equal trees',
  );
  expect(lies).toEqual([]);
  await inSync();
}

it('a directory that another one replaced: what is missing in it is reported at once', async () => {
  for (const name of ['d/1', 'd/sub/2', 'e/3']) {
    mkdirSync(at('brazil', join(name, '..')), { recursive: true });
    writeFileSync(at('brazil', name), name);
  }
  await becomeEqualWithoutLie();
  renameSync(at('brazil', 'd'), at('brazil', 'old'));
  mkdirSync(at('brazil', 'd'));
  writeFileSync(at('brazil', 'd/new'), 'new');
  await becomeEqualWithoutLie();
  expect(existsSync(at('germany', 'd/1'))).toBe(false);
  // Out of the tree, with another one in its place; then back.
  const away = `${at('brazil')}-away`;
  renameSync(at('brazil', 'old'), away);
  renameSync(at('brazil', 'e'), at('brazil', 'old'));
  await becomeEqualWithoutLie();
  renameSync(away, at('brazil', 'e'));
  await becomeEqualWithoutLie();
  expect(readFileSync(at('germany', 'e/sub/2'), 'utf8')).toBe('d/sub/2');
});

it('a file with two names that is written through either', async () => {
  writeFileSync(at('brazil', 'one'), 'first');
  linkSync(at('brazil', 'one'), at('brazil', 'two'));
  await becomeEqualWithoutLie();
  writeFileSync(at('brazil', 'one'), 'second', { flag: 'r+' });
  await becomeEqualWithoutLie();
  expect(readFileSync(at('germany', 'two'), 'utf8')).toBe('second');
});

it('a directory that was deleted elsewhere and contains only ignored files belongs to nobody', async () => {
  mkdirSync(at('brazil', 'photos/2024'), { recursive: true });
  writeFileSync(at('brazil', 'photos/2024/1.jpg'), 'one');
  await becomeEqualWithoutLie();
  writeFileSync(at('germany', 'photos/2024/Thumbs.db'), 'germany');
  rmSync(at('brazil', 'photos'), { recursive: true });
  await until(() => !existsSync(at('germany', 'photos/2024/1.jpg')), 30_000, 'the file is gone at germany');
  await inSync();
  expect(readFileSync(at('germany', 'photos/2024/Thumbs.db'), 'utf8')).toBe('germany');
  expect(existsSync(at('brazil', 'photos'))).toBe(false);
  // A pass does not bring it back.
  await sites.get('germany').api('/api/v1/settle', { method: 'POST' });
  await inSync();
  expect(existsSync(at('brazil', 'photos'))).toBe(false);
  // Once empty, it is removed.
  rmSync(at('germany', 'photos/2024/Thumbs.db'));
  await sites.get('germany').api('/api/v1/settle', { method: 'POST' });
  await until(() => !existsSync(at('germany', 'photos')), 60_000, 'the empty remains are gone');
  await becomeEqualWithoutLie();
});

it('an ignore rule that is added and removed at run time', async () => {
  writeFileSync(at('brazil', 'z.bak'), 'z');
  await becomeEqualWithoutLie();
  const rules = (ignore: string[]) => {
    for (const { plan, dir } of sites.all())
      writePlan(dir, { ...plan, folders: plan.folders.map((folder) => ({ ...folder, ignore })) });
  };
  rules(['Thumbs.db', '*.bak']);
  // The rule takes effect when a file of that name stays here while a later one is synced.
  await until(
    async () => {
      const probe = `${Date.now()}`;
      writeFileSync(at('brazil', `${probe}.bak`), 'probe');
      writeFileSync(at('brazil', probe), 'probe');
      await until(() => existsSync(at('germany', probe)), 30_000, probe);
      await inSync();
      return !existsSync(at('germany', `${probe}.bak`));
    },
    60_000,
    'the rule counts',
  );
  // What is deleted under the rule is reported when the rule is removed: the directory looks the same to a pass either way.
  rmSync(at('brazil', 'z.bak'));
  await inSync();
  expect(existsSync(at('germany', 'z.bak'))).toBe(true);
  rules(['Thumbs.db']);
  await until(() => !existsSync(at('germany', 'z.bak')), 60_000, 'the deletion is told');
  await becomeEqualWithoutLie();
});

const mounts: string[] = [];
afterEach(() => {
  for (const path of mounts.splice(0)) spawnSync('umount', [path]);
});

it('what cannot be read is named, does not count as deleted, and recovers', async ({ skip }) => {
  mkdirSync(at('brazil', 'mounted'));
  writeFileSync(at('brazil', 'mounted/under'), 'under');
  await becomeEqualWithoutLie();
  const path = at('brazil', 'mounted');
  // A directory on the same disk: the device number does not reveal it.
  const other = `${at('brazil')}-other`;
  mkdirSync(other);
  if (spawnSync('mount', ['--bind', other, path]).status !== 0) return skip('may not mount');
  mounts.push(path);
  const brazil = sites.get('brazil');
  await brazil.api('/api/v1/settle', { method: 'POST' });
  const { inSync: said, reasons, errors, folders } = await statusOf(brazil);
  expect(said).toBe(false);
  expect(folders.projects?.unreadable.count).toBeGreaterThan(0);
  expect(reasons.join()).toContain('"mounted"');
  expect(errors.join()).toContain('another filesystem is mounted at "mounted"');
  expect(readFileSync(at('germany', 'mounted/under'), 'utf8')).toBe('under');
  execFileSync('umount', [mounts.pop()!]);
  await inSync();
  await becomeEqualWithoutLie();
  expect(readFileSync(at('brazil', 'mounted/under'), 'utf8')).toBe('under');
});
