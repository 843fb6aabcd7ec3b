import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HeldOutcome } from '../../../src/web/contract/held.ts';
import { startSites, type TestSite } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

/** One site, which is killed in the middle of everything. */
let sites: Awaited<ReturnType<typeof startSites>>;
let site: TestSite;
const at = (path: string) => join(site.root, path);
const held = async () => Number((await site.status()).held);
const settled = async () => (await (await site.api('/api/v1/settle', { method: 'POST' })).json()) as { held: number };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  sites = await startSites({ hubs: ['germany'], links: [] });
  site = sites.get('germany');
}, 60_000);
afterAll(() => sites?.stop(), 30_000);

function write(dir: string, count: number, text = 'content'): void {
  for (let i = 0; i < count; i++) {
    mkdirSync(at(`${dir}/${Math.floor(i / 50)}`), { recursive: true });
    writeFileSync(at(`${dir}/${Math.floor(i / 50)}/${i}`), `${text} ${dir} ${i}`);
  }
}

async function again(): Promise<void> {
  await site.killAgent();
  await site.startAgent();
  await until(async () => (await site.api('/readyz')).ok, 20_000, 'the agent again');
}

/** Versions of paths below a directory, by kind. */
async function versions(dir: string, kind: string): Promise<Map<string, number>> {
  const [rows] = await site.database.pool.query<RowDataPacket[]>(
    'SELECT path, COUNT(*) AS n FROM site_germany.version WHERE path LIKE ? AND kind = ? GROUP BY path',
    [Buffer.from(`${dir}/%`), kind],
  );
  return new Map(rows.map((row) => [row.path.toString(), Number(row.n)]));
}

async function decide(verdict: string): Promise<HeldOutcome> {
  const body = JSON.stringify({ folder: 'projects', all: true });
  return (await (await site.api(`/api/v1/held/${verdict}`, { method: 'POST', body })).json()) as HeldOutcome;
}

it('killed at any moment after a mass deletion, it holds it and has journaled none of it', async () => {
  for (const ms of [0, 120, 300, 620, 900]) {
    const dir = `a${ms}`;
    write(dir, 150);
    await settled();
    expect((await versions(dir, 'file')).size).toBe(150);
    rmSync(at(dir), { recursive: true });
    await pause(ms);
    await again();
    await until(async () => (await held()) === 154, 20_000, `held after ${ms} ms`);
    expect((await settled()).held).toBe(154);
    expect(await versions(dir, 'deleted')).toEqual(new Map());
    await decide('approve');
    expect((await versions(dir, 'deleted')).size).toBe(153);
  }
}, 120_000);

it('killed during an approval, it keeps holding the rest and journals nothing twice', async () => {
  write('b', 1200);
  await settled();
  rmSync(at('b'), { recursive: true });
  await until(async () => (await settled()).held === 1225, 30_000, 'held');
  const before = (await versions('b', 'deleted')).size;
  expect(before).toBe(0);
  void decide('approve').catch(() => undefined);
  await until(async () => (await versions('b', 'deleted')).size > 0, 20_000, 'the first part');
  await again();
  const left = await held();
  const done = await versions('b', 'deleted');
  const [[root]] = await site.database.pool.query<RowDataPacket[]>(
    "SELECT COUNT(*) AS n FROM site_germany.version WHERE path = 'b' AND kind = 'deleted'",
  );
  expect(left + done.size + Number(root!.n)).toBe(1225);
  if (left > 0) expect(await decide('approve')).toMatchObject({ decided: left, left: 0 });
  expect((await settled()).held).toBe(0);
  const all = await versions('b', 'deleted');
  expect(all.size).toBe(1224);
  expect([...all.values()].every((n) => n === 1)).toBe(true);
}, 120_000);

it('does not hold what was moved while it was down, and releases what is restored by hand', async () => {
  write('c', 300);
  await settled();
  await site.killAgent();
  renameSync(at('c'), at('moved'));
  await site.startAgent();
  await until(
    async () => (await site.status()).files !== 0 && (await versions('c', 'deleted')).size === 306,
    30_000,
    'moved',
  );
  expect((await settled()).held).toBe(0);

  const backup = join(site.dir.root, 'backup');
  execFileSync('cp', ['-a', at('moved'), backup]);
  rmSync(at('moved'), { recursive: true });
  await until(async () => (await settled()).held === 307, 20_000, 'held');
  execFileSync('cp', ['-a', backup, at('moved')]);
  await until(async () => (await held()) === 0, 20_000, 'put back');
  expect(await settled()).toMatchObject({ held: 0, inSync: true });
  // cp sets the mode of directories at the end, which may be observed.
  expect([...(await versions('moved', 'file')).values()].every((n) => n === 1)).toBe(true);
  expect(await versions('moved', 'deleted')).toEqual(new Map());
}, 120_000);

it('keeps holding what no other site has, because it cannot be restored, and says so', async () => {
  write('d', 200);
  await settled();
  write('d', 200, 'other');
  await until(async () => (await settled()).held === 200, 20_000, 'held');
  const outcome = await decide('reject');
  expect(outcome).toMatchObject({ decided: 0, left: 200 });
  expect(outcome.refused[0]?.reason).toContain('no other site has the previous content');
  expect(outcome.refused).toHaveLength(20);
  await again();
  expect((await settled()).held).toBe(200);
  expect((await versions('d', 'file')).get('d/0/7')).toBe(1);
  expect(await decide('approve')).toMatchObject({ decided: 200, left: 0 });
  expect((await versions('d', 'file')).get('d/0/7')).toBe(2);
}, 60_000);

it('counts a constantly rewritten file once, and syncs other edits meanwhile', async () => {
  writeFileSync(at('log'), '0');
  writeFileSync(at('note'), '0');
  await settled();
  const versionsOfNote = async () => {
    const [rows] = await site.database.pool.query<RowDataPacket[]>(
      "SELECT COUNT(*) AS n FROM site_germany.version WHERE path = 'note'",
    );
    return Number(rows[0]!.n);
  };
  let writes = 0;
  const rewriting = setInterval(() => writeFileSync(at('log'), `${++writes}`), 100);
  try {
    for (let edit = 1; edit <= 4; edit++) {
      writeFileSync(at('note'), `${edit}`);
      await until(async () => (await versionsOfNote()) === edit + 1, 20_000, `edit ${edit} in the journal`);
    }
    await until(() => writes >= 40, 20_000, 'more writes than may be lost at once');
  } finally {
    clearInterval(rewriting);
  }
  expect((await settled()).held).toBe(0);
}, 60_000);
