import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

/** One faulty thing never stops the rest: two sites, one of which has its folder on a small disk of its own. */
const disk = mkdtempSync(join(tmpdir(), 'sitesync-small-'));
/** Needs root. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'sitesync', disk]).status === 0;
const cannotMount = mounted ? '' : ' (nothing can be mounted here: be root)';
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path: string) => join(sites.get(name).root, path);

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [['brazil', 'germany']],
    folders: ['other'],
    ...(mounted && { paths: { brazil: disk } }),
  });
  await until(async () => (await sites.get('brazil').status()).connected, 30_000, 'the link');
}, 60_000);

afterAll(async () => {
  await sites?.stop();
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
}, 60_000);

const inSync = () =>
  until(
    async () => (await Promise.all(sites.all().map((site) => site.status()))).every((status) => status.inSync),
    60_000,
    'all in sync',
  );
const errorsOf = async (name: string) => ((await sites.get(name).status()).errors as string[]).join('\n');
const text = (name: string, path: string) =>
  existsSync(at(name, path)) ? readFileSync(at(name, path), 'utf8') : undefined;
const why = async (name: string, path: string) => {
  const answer = await sites.get('brazil').api(`/api/v1/why?folder=projects&path=${path}`);
  const { sites: all } = (await answer.json()) as { sites: { site: string; state: string; error?: string }[] };
  return all.find(({ site }) => site === name);
};

test('a file with an mtime that no row can hold is synced, and so is everything beside it', async () => {
  writeFileSync(at('brazil', 'before'), 'before');
  writeFileSync(at('brazil', '2300'), 'far');
  utimesSync(at('brazil', '2300'), 10_413_792_000, 10_413_792_000);
  writeFileSync(at('brazil', 'after'), 'after');
  for (const name of ['before', 'after']) await until(() => text('germany', name) === name, 20_000, name);
  await until(() => text('germany', '2300') === 'far', 20_000, 'the file of 2300');
  await inSync();
  expect(statSync(at('brazil', '2300')).mtime.getUTCFullYear()).toBe(2300); // nobody's file was changed
  expect(statSync(at('germany', '2300')).mtime.getUTCFullYear()).toBe(2262);
});

test('a row that the database refuses is skipped with a reason, and ingested once it is accepted', async () => {
  const { ports } = sites.get('brazil').plan;
  const { dir } = sites.get('brazil');
  const db = await createConnection({ socketPath: join(dir.mysql.data, 'mysql.sock'), user: 'root' });
  expect(ports.mysql).toBeGreaterThan(0);
  await db.query(
    `CREATE TRIGGER site_brazil.refuse BEFORE INSERT ON site_brazil.version FOR EACH ROW
       IF NEW.path = 'many/7' THEN SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = 'out of range'; END IF`,
  );
  execFileSync('bash', ['-c', `mkdir many && for i in {0..40}; do echo $i >many/$i; done`], { cwd: at('brazil', '') });
  for (let i = 0; i <= 40; i++)
    if (i !== 7) await until(() => text('germany', `many/${i}`) === `${i}\n`, 30_000, `file ${i}`);
  expect(text('germany', 'many/7')).toBeUndefined();
  expect(await errorsOf('brazil')).toContain('projects:many/7 cannot be journaled (out of range)');
  expect((await sites.get('brazil').status()).inSync).toBe(false);
  await db.query('DROP TRIGGER site_brazil.refuse');
  await db.end();
  await sites.get('brazil').api('/api/v1/rescan', { method: 'POST' });
  await until(() => text('germany', 'many/7') === '7\n', 30_000, 'the file that was refused');
  await inSync();
}, 60_000);

/** Makes the database of a site refuse whatever it should note of these paths; returns what ends that. */
async function refusing(name: string, table: string, paths: string[]): Promise<() => Promise<void>> {
  const root = await sites.get(name).database.asRoot();
  const listed = paths.map((path) => `'${path}'`).join(', ');
  await root.query(
    `CREATE TRIGGER local.refuse_${table} BEFORE INSERT ON local.\`${table}\` FOR EACH ROW
       IF NEW.path IN (${listed}) THEN SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = 'out of range'; END IF`,
  );
  return async () => void (await root.query(`DROP TRIGGER local.refuse_${table}`));
}

/** What a site says that it holds of the versions of brazil: the last number known, and the ranges that it lacks. */
async function custodyAt(name: string): Promise<{ known: number; missing: string }> {
  const [[row]] = await sites
    .get(name)
    .database.pool.query<RowDataPacket[]>(`SELECT known, missing FROM site_${name}.custody WHERE origin = 'brazil'`);
  return { known: Number(row?.known ?? 0), missing: String(row?.missing ?? '') };
}

test('a row of another site that is refused is skipped, counts as missing, and comes by itself when it is accepted', async () => {
  await inSync();
  const accept = await refusing('germany', 'head', ['row-7', 'row-9']);
  for (let i = 0; i < 20; i++) writeFileSync(at('brazil', `row-${i}`), `${i}`);
  for (let i = 0; i < 20; i++)
    if (i !== 7 && i !== 9) await until(() => text('germany', `row-${i}`) === `${i}`, 30_000, `row ${i}`);
  await until(async () => /^\d+ \d+$|^\d+-\d+$/.test((await custodyAt('germany')).missing), 20_000, 'two missing');
  const said = await sites.get('germany').status();
  expect(said.inSync).toBe(false);
  expect(String(said.reasons)).toContain('2 paths cannot be journaled: "row-7", "row-9"');
  expect(String(said.errors)).toContain('projects:row-7 of brazil cannot be journaled (out of range)');
  // It is remembered over a restart.
  await sites.get('germany').stopAgent();
  await sites.get('germany').startAgent();
  expect((await sites.get('germany').status()).inSync).toBe(false);
  expect((await custodyAt('germany')).missing).not.toBe('');
  await accept();
  for (const i of [7, 9]) await until(() => text('germany', `row-${i}`) === `${i}`, 90_000, `row ${i}, later`);
  await inSync();
  await until(async () => (await custodyAt('germany')).missing === '', 20_000, 'nothing is missing');
}, 240_000);

test('what arrives while the disk of a folder is away counts as missing, and comes once it is back', async () => {
  await inSync();
  const marker = at('germany', '.sitesync/marker');
  renameSync(marker, `${marker}-away`);
  await until(async () => (await errorsOf('germany')).includes('marker'), 20_000, 'noticed');
  writeFileSync(at('brazil', 'away'), 'x'.repeat(20_000));
  const { pool } = sites.get('brazil').database;
  const last = await until(
    async () => {
      const [[row]] = await pool.query<RowDataPacket[]>("SELECT seq FROM site_brazil.version WHERE path = 'away'");
      return row && Number(row.seq);
    },
    20_000,
    'its row',
  );
  await until(async () => (await custodyAt('germany')).known >= last, 20_000, 'germany knows of it');
  expect((await custodyAt('germany')).missing).toBe(String(last));
  renameSync(`${marker}-away`, marker);
  await until(() => text('germany', 'away') === 'x'.repeat(20_000), 60_000, 'the file');
  await inSync();
}, 120_000);

test('fetched content of which the database refuses what was done with it keeps nothing else from arriving', async () => {
  await inSync();
  const accept = await refusing('germany', 'index', ['large-3']);
  const content = (i: number) => `${i}`.repeat(20_000);
  for (let i = 0; i < 8; i++) writeFileSync(at('brazil', `large-${i}`), content(i));
  for (let i = 0; i < 8; i++)
    if (i !== 3) await until(() => text('germany', `large-${i}`) === content(i), 30_000, `large file ${i}`);
  // The others are not only there: the database knows it.
  const indexed = async () => {
    const [[row]] = await sites
      .get('germany')
      .database.pool.query<RowDataPacket[]>("SELECT COUNT(*) AS n FROM local.`index` WHERE path LIKE 'large-%'");
    return Number(row!.n);
  };
  await until(async () => (await indexed()) === 7, 30_000, 'seven that are indexed');
  writeFileSync(at('brazil', 'after'), 'after it');
  await until(() => text('germany', 'after') === 'after it', 30_000, 'what came later');
  await until(async () => (await errorsOf('germany')).includes('large-3 cannot be journaled (out of range)'), 30_000);
  expect((await sites.get('germany').status()).inSync).toBe(false);
  await accept();
  await until(() => text('germany', 'large-3') === content(3), 90_000, 'the one that was refused');
  await until(async () => (await indexed()) === 8, 90_000, 'all that are indexed');
  await inSync();
}, 240_000);

test.skipIf(!mounted)(
  `content that cannot be put into place is fetched once, and placed when it can be${cannotMount}`,
  async () => {
    const [first, second] = [randomBytes(1_000_000), randomBytes(1_000_000)];
    writeFileSync(at('germany', 'plan.dwg'), first);
    await until(() => existsSync(at('brazil', 'plan.dwg')) && readFileSync(at('brazil', 'plan.dwg')).equals(first));
    await inSync();
    // A mount point, with which nothing can be exchanged.
    execFileSync('mount', ['--bind', at('brazil', 'plan.dwg'), at('brazil', 'plan.dwg')]);
    try {
      writeFileSync(at('germany', 'plan.dwg'), second);
      writeFileSync(at('germany', 'free'), 'free');
      await until(() => text('brazil', 'free') === 'free', 20_000, 'another file');
      const kept = join(disk, '.sitesync/partial');
      const names = () => execFileSync('ls', ['-i', kept], { encoding: 'utf8' });
      await until(() => names().includes('kept-'), 20_000, 'the content that waits');
      const before = names();
      const tries = async () => ((await why('brazil', 'plan.dwg'))?.error ?? '').length > 0;
      await until(tries, 20_000, 'the reason');
      expect((await why('brazil', 'plan.dwg'))?.error).toMatch(/^"plan\.dwg": /);
      const db = sites.get('brazil').database.pool;
      const tried = async () => {
        const [rows] = await db.query<RowDataPacket[]>('SELECT SUM(attempts) AS n FROM local.pending');
        return Number(rows[0]!.n);
      };
      const triesBefore = await tried();
      await until(async () => (await tried()) >= triesBefore + 2, 60_000, 'two more tries');
      // The same inode is still waiting, so it was not fetched again.
      expect(names()).toBe(before);
      expect((await sites.get('brazil').status()).inSync).toBe(false);
    } finally {
      execFileSync('umount', ['-l', at('brazil', 'plan.dwg')]);
    }
    await until(() => readFileSync(at('brazil', 'plan.dwg')).equals(second), 60_000, 'the second version');
    await inSync();
  },
  120_000,
);

test.skipIf(!mounted)(
  `a full disk is said; deletions and other folders go on; all comes when there is room${cannotMount}`,
  async () => {
    writeFileSync(at('germany', 'old'), randomBytes(100_000));
    await until(() => existsSync(at('brazil', 'old')), 20_000, 'the old file');
    await inSync();
    spawnSync('bash', ['-c', `cat /dev/zero >${disk}/.sitesync/filler`]);
    writeFileSync(at('germany', 'large'), randomBytes(300_000));
    writeFileSync(at('germany', 'small'), 's'.repeat(900));
    rmSync(at('germany', 'old'));
    writeFileSync(join(sites.get('germany').dir.folder('other'), 'elsewhere'), 'other');
    await until(() => !existsSync(at('brazil', 'old')), 20_000, 'the deletion');
    const elsewhere = join(sites.get('brazil').dir.folder('other'), 'elsewhere');
    await until(() => existsSync(elsewhere), 20_000, 'the file of the other folder');
    await until(async () =>
      /no space left on the disk of folder projects .*bytes needed/.test(await errorsOf('brazil')),
    );
    for (const name of ['large', 'small'])
      await until(async () => (await why('brazil', name))?.error?.includes('no space left'), 20_000, `why of ${name}`);
    rmSync(`${disk}/.sitesync/filler`);
    await until(() => existsSync(at('brazil', 'large')) && existsSync(at('brazil', 'small')), 30_000, 'what waited');
    await inSync();
    expect(await errorsOf('brazil')).not.toContain('no space left');
  },
  120_000,
);
