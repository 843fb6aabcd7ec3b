import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lossOf } from '../../../src/agent/journal/power-cut.ts';
import type { AgentStatus } from '../../../src/agent/queries/status.ts';
import type { IndexEntry } from '../../../src/agent/store/index-entry.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import { pathKey } from '../../../src/base/bytes.ts';
import { startSites, type TestSite } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

describe('the effect of a power cut on a path', () => {
  const ms = (at: number) => BigInt(at) * 1_000_000n;
  const cut = { lastAlive: 1_000_000, folders: new Set(['projects']) };
  const sha256 = Buffer.alloc(32, 1);
  const entry = (changedAt: number): IndexEntry => ({
    ref: refOf('projects', 'a.txt'),
    origin: 'brazil',
    seq: 1,
    kind: 'file',
    size: 3,
    mtimeNs: 1n,
    ctimeNs: ms(changedAt),
    ino: 1n,
    mode: 0o644,
    sha256,
  });
  const found = (changedAt: number, content = Buffer.alloc(32, 2)) => ({
    kind: 'file' as const,
    ctimeNs: ms(changedAt),
    sha256: content,
  });

  it('is torn when its content differs and nobody has written to it since', () => {
    expect(lossOf(cut, entry(999_000), found(999_000))).toBe('torn');
    expect(lossOf(cut, entry(999_000), found(900_000))).toBe('torn');
  });
  it('is lost when it is missing', () => {
    expect(lossOf(cut, entry(999_000), undefined)).toBe('lost');
  });
  it('is none when somebody has written to it since, when it had been on disk for long, or when it is intact', () => {
    expect(lossOf(cut, entry(999_000), found(999_001))).toBeUndefined();
    expect(lossOf(cut, entry(900_000), found(900_000))).toBeUndefined();
    expect(lossOf(cut, entry(900_000), undefined)).toBeUndefined();
    expect(lossOf(cut, entry(999_000), found(999_000, sha256))).toBeUndefined();
  });
  it('is none without a power cut, and once the folder was scanned', () => {
    expect(lossOf({ folders: new Set(), lastAlive: 0 }, entry(999_000), undefined)).toBeUndefined();
    expect(lossOf({ ...cut, folders: new Set() }, entry(999_000), undefined)).toBeUndefined();
  });
});

describe('a site whose machine stopped without warning', () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  let brazil: TestSite;
  beforeAll(async () => {
    sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']], beatSeconds: 2 });
    brazil = sites.get('brazil');
  });
  afterAll(() => sites?.stop());
  const at = (name: string, path: string) => join(sites.get(name).root, path);
  const text = (name: string, path: string) => readFileSync(at(name, path), 'utf8');
  const status = async () => (await brazil.status()) as unknown as AgentStatus;

  it('restores what was emptied or lost, and keeps what was edited since', async () => {
    for (const path of ['emptied.txt', 'gone.txt', 'edited.txt']) writeFileSync(at('brazil', path), `${path} as saved`);
    await until(
      () => ['emptied.txt', 'gone.txt', 'edited.txt'].every((path) => existsSync(at('germany', path))),
      30_000,
    );
    await until(async () => (await status()).inSync, 30_000, 'in sync');
    await brazil.killAgent();
    const db = brazil.database.pool;
    await db.query("UPDATE local.boot SET boot_id = 'another', clean = 0");
    const fd = openSync(at('brazil', 'emptied.txt'), 'r+');
    ftruncateSync(fd);
    closeSync(fd);
    rmSync(at('brazil', 'gone.txt'));
    writeFileSync(at('brazil', 'edited.txt'), 'edited while the agent was away');
    // The ctime cannot be set: the index has seen the file at a later time.
    await db.query('UPDATE local.`index` SET ctime_ns = ctime_ns + 30000000000 WHERE path_key = ?', [
      pathKey('projects', 'emptied.txt'),
    ]);
    await brazil.startAgent();
    await until(
      () => existsSync(at('brazil', 'gone.txt')) && statSync(at('brazil', 'emptied.txt')).size > 0,
      60_000,
      'both',
    );
    await until(() => text('germany', 'edited.txt') === 'edited while the agent was away', 30_000, 'the edit');
    expect(text('brazil', 'emptied.txt')).toBe('emptied.txt as saved');
    expect(text('brazil', 'gone.txt')).toBe('gone.txt as saved');
    expect(text('germany', 'emptied.txt')).toBe('emptied.txt as saved');
    const [rows] = await db.query<RowDataPacket[]>('SELECT path FROM site_brazil.version ORDER BY seq');
    const paths = rows.map((row) => String(row.path)).sort();
    expect(paths).toEqual(['edited.txt', 'edited.txt', 'emptied.txt', 'gone.txt']);
    await until(async () => (await status()).damaged === 0, 20_000, 'all healed');
    expect((await status()).verification).toMatchObject([{ found: 2, damaged: 0 }]);
  });

  it('that was stopped cleanly takes a deletion for what it is', async () => {
    const stopped = sites.get('germany');
    writeFileSync(at('germany', 'deleted.txt'), 'short-lived');
    await until(() => existsSync(at('brazil', 'deleted.txt')), 30_000);
    await stopped.endAgent('SIGTERM');
    await stopped.database.pool.query("UPDATE local.boot SET boot_id = 'another'");
    rmSync(at('germany', 'deleted.txt'));
    await stopped.startAgent();
    await until(() => !existsSync(at('brazil', 'deleted.txt')), 30_000, 'the deletion to be at brazil');
  });
});
