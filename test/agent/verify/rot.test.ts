import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifyRun } from '../../../src/agent/api/verify.ts';
import type { AgentStatus } from '../../../src/agent/queries/status.ts';
import { pathKey } from '../../../src/base/bytes.ts';
import { startSites, type TestSite } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

/** Two sites whose disks silently change bytes. The ctime cannot be set: instead the index is updated to match. */
let sites: Awaited<ReturnType<typeof startSites>>;
let brazil: TestSite;
let germany: TestSite;

beforeAll(async () => {
  // No inline content: a file must be repaired from somewhere.
  sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']], inlineMax: 0 });
  [brazil, germany] = [sites.get('brazil'), sites.get('germany')];
  await allInSync();
});
afterAll(() => sites?.stop());

const statusOf = async (site: TestSite) => (await site.status()) as unknown as AgentStatus;
const read = (site: TestSite, path: string) => readFileSync(join(site.root, path), 'utf8');

async function allInSync(): Promise<void> {
  for (const site of sites.all()) await until(async () => (await statusOf(site)).inSync, 30_000, 'all in sync');
}

async function save(site: TestSite, path: string, text: string): Promise<void> {
  writeFileSync(join(site.root, path), text);
  await until(
    () => sites.all().every((one) => existsSync(join(one.root, path)) && read(one, path) === text),
    30_000,
    `${path} to be everywhere`,
  );
  await settled();
}

async function settled(): Promise<void> {
  for (const site of sites.all()) await site.api('/api/v1/settle', { method: 'POST' });
  await allInSync();
}

/** Overwrites bytes in a way that nothing but the content reveals. */
async function rot(site: TestSite, path: string, text: string): Promise<void> {
  const file = join(site.root, path);
  const before = lstatSync(file, { bigint: true });
  await site.killAgent();
  await execa('python3', [
    '-c',
    'import os,sys\nf=open(sys.argv[1],"r+b"); f.write(sys.argv[2].encode()); f.close(); os.utime(sys.argv[1], ns=(int(sys.argv[3]),)*2)',
    file,
    text,
    String(before.mtimeNs),
  ]);
  const after = lstatSync(file, { bigint: true });
  expect([after.ino, after.size, after.mtimeNs]).toEqual([before.ino, before.size, before.mtimeNs]);
  await site.database.pool.query('UPDATE local.`index` SET ctime_ns = ? WHERE path_key = ?', [
    String(after.ctimeNs),
    pathKey('projects', path),
  ]);
  await site.startAgent();
  // A pass has seen it, and takes it for unchanged.
  await site.api('/api/v1/settle', { method: 'POST' });
}

async function verify(site: TestSite, what: object = {}): Promise<VerifyRun> {
  let run = (await (
    await site.api('/api/v1/verify', { method: 'POST', body: JSON.stringify(what) })
  ).json()) as VerifyRun;
  await until(
    async () => {
      run = (await (await site.api(`/api/v1/verify/${run.run}`)).json()) as VerifyRun;
      return run.state === 'done';
    },
    90_000,
    'the verification',
  );
  return run;
}

async function versionsOf(path: string): Promise<number> {
  let n = 0;
  for (const site of sites.all()) {
    const [[row]] = await site.database.pool.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS n FROM site_${site.plan.site}.version WHERE path = ?`,
      [path],
    );
    n += Number(row!.n);
  }
  return n;
}

const archived = (site: TestSite, text: string) => {
  const hex = createHash('sha256').update(text).digest('hex');
  return join(site.root, '.sitesync/archive', hex.slice(0, 2), hex);
};

describe('a file whose bytes changed although nobody wrote to it', () => {
  it('is repaired from a neighbour, is not an edit, and its bytes are kept', async () => {
    await save(brazil, 'plan.txt', 'the plan as it is');
    await rot(brazil, 'plan.txt', 'the plan as it IS');
    expect(read(brazil, 'plan.txt')).toBe('the plan as it IS');

    const { folders } = await verify(brazil);
    expect(folders[0]).toMatchObject({ folder: 'projects', failed: [] });
    expect(folders[0]!.damaged).toMatchObject([{ path: 'plan.txt', version: 'brazil.1', place: 'tree', healed: true }]);
    expect(read(brazil, 'plan.txt')).toBe('the plan as it is');
    await settled();
    expect(read(germany, 'plan.txt')).toBe('the plan as it is');
    expect(await versionsOf('plan.txt')).toBe(1);
    expect(readdirSync(brazil.root).sort()).toEqual(['.sitesync', 'plan.txt']);
    expect(readFileSync(archived(brazil, 'the plan as it IS'), 'utf8')).toBe('the plan as it IS');
    const status = await statusOf(brazil);
    expect(status).toMatchObject({ damaged: 0, inSync: true, verification: [{ damaged: 0, found: 1 }] });
    expect(Date.now() - Date.parse(status.verifiedAt!)).toBeLessThan(120_000);
    const metrics = await (await brazil.api('/metrics')).text();
    expect(metrics).toMatch(/sitesync_damage_total\{folder="projects",network="[^"]+",site="brazil"\} 1/);
    expect(metrics).toMatch(/sitesync_verified_timestamp_seconds\{folder="projects",network="[^"]+",site="brazil"\} 1/);
  });

  it('is repaired from another file on this disk with the same content', async () => {
    await save(germany, 'one.txt', 'twice the same');
    await save(germany, 'two.txt', 'twice the same');
    await brazil.killAgent();
    await rot(germany, 'one.txt', 'twice the SAME');
    const { folders } = await verify(germany, { folder: 'projects', path: 'one.txt' });
    expect(folders[0]).toMatchObject({ files: 1, damaged: [{ path: 'one.txt', healed: true }] });
    expect(read(germany, 'one.txt')).toBe('twice the same');
    await brazil.startAgent();
    await settled();
  });

  it('stays damaged over a restart while no neighbour responds, and is repaired when one does', async () => {
    await save(brazil, 'far.txt', 'as it was saved');
    await rot(brazil, 'far.txt', 'as it WAS saved');
    brazil.setLinks(false);
    const { folders } = await verify(brazil, { folder: 'projects', path: 'far.txt' });
    expect(folders[0]!.damaged).toMatchObject([{ path: 'far.txt', healed: false }]);
    await brazil.killAgent();
    await brazil.startAgent();
    await brazil.api('/api/v1/settle', { method: 'POST' });
    expect(await versionsOf('far.txt')).toBe(1);
    expect(await statusOf(brazil)).toMatchObject({ damaged: 1, inSync: false });
    brazil.setLinks(true);
    await until(() => read(brazil, 'far.txt') === 'as it was saved', 60_000, 'the repair');
    await settled();
    expect(read(germany, 'far.txt')).toBe('as it was saved');
    expect(await versionsOf('far.txt')).toBe(1);
  }, 120_000);

  it('is reported as long as nobody has its content, and is repaired when somebody saves it again', async () => {
    await save(brazil, 'only.txt', 'only here');
    await settled();
    await rot(germany, 'only.txt', 'ONLY here');
    // The other office no longer has it either, and cannot say so.
    await brazil.killAgent();
    rmSync(join(brazil.root, 'only.txt'));
    const run = await verify(germany, { folder: 'projects', path: 'only.txt' });
    expect(run.folders[0]!.damaged).toMatchObject([{ path: 'only.txt', healed: false }]);
    const status = await statusOf(germany);
    expect(status).toMatchObject({ damaged: 1, inSync: false, verification: [{ damaged: 1 }] });
    expect(status.errors.join()).toContain('projects:only.txt is damaged: its content changed although nobody wrote');
    expect(await germany.api('/metrics').then((answer) => answer.text())).toMatch(
      /sitesync_damaged\{network="[^"]+",site="germany"\} 1/,
    );

    writeFileSync(join(germany.root, 'only.txt'), 'saved anew at germany');
    await until(async () => (await statusOf(germany)).damaged === 0, 20_000, 'nothing to be damaged');
    expect(read(germany, 'only.txt')).toBe('saved anew at germany');
    await brazil.startAgent();
    await until(() => existsSync(join(brazil.root, 'only.txt')), 30_000, 'it to be at brazil again');
    await settled();
  });
});

describe('an archived version', () => {
  it('whose content does not match its name is fetched again', async () => {
    await save(brazil, 'old.txt', 'the first version');
    await save(germany, 'old.txt', 'the second version');
    const [here, there] = [archived(brazil, 'the first version'), archived(germany, 'the first version')];
    await until(() => existsSync(here), 20_000, 'the archive of brazil');
    // Where somebody overwrote it nobody archived it: as if germany had it from elsewhere.
    mkdirSync(dirname(there), { recursive: true });
    writeFileSync(there, 'the first version');
    writeFileSync(here, 'the FIRST version');
    const { folders } = await verify(brazil, { folder: 'projects', path: 'old.txt' });
    expect(folders[0]).toMatchObject({ archived: 1, damaged: [{ place: 'archive', path: 'old.txt', healed: true }] });
    expect(readFileSync(here, 'utf8')).toBe('the first version');
    expect(existsSync(`${here}.damaged`)).toBe(false);
  });

  it('that nobody has is reported as lost', async () => {
    await save(brazil, 'rare.txt', 'a rare version');
    await save(germany, 'rare.txt', 'its successor');
    const here = archived(brazil, 'a rare version');
    await until(() => existsSync(here), 20_000, 'the archive of brazil');
    rmSync(archived(germany, 'a rare version'), { force: true });
    rmSync(here);
    const { folders } = await verify(brazil, { folder: 'projects', path: 'rare.txt' });
    expect(folders[0]!.damaged).toMatchObject([
      { place: 'archive', healed: false, what: 'it is gone, and nobody deleted it' },
    ]);
    expect((await statusOf(brazil)).errors.join()).toContain('the old version brazil.');
    // Intact content returns to its place by itself.
    expect(statSync(join(brazil.root, 'rare.txt')).size).toBe('its successor'.length);
  });
});
