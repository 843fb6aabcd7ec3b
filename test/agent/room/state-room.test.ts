import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { isFull, watchStateRoom } from '../../../src/agent/room/state-room.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import type { Problem } from '../../../src/problems/problem.ts';
import type { SitePlan } from '../../../src/topology/site-plan.ts';
import { until } from '../../support/until.ts';

const root = mkdtempSync(join(tmpdir(), 'sitesync-state-'));
const dir = siteDir(root);
afterAll(() => {
  spawnSync('umount', ['-l', dir.state]);
  rmSync(root, { recursive: true, force: true });
});

it('counts free bytes and inodes', () => {
  expect(isFull({ free: 10_000_000, size: 10 ** 12 })).toBe(true);
  expect(isFull({ free: 100_000_000, size: 10 ** 12 })).toBe(false);
  expect(isFull({ free: 10 ** 11, size: 10 ** 12, inodes: { free: 3, all: 10 ** 6 } })).toBe(true);
  expect(isFull({ free: 10 ** 11, size: 10 ** 12, inodes: { free: 10 ** 5, all: 10 ** 6 } })).toBe(false);
});

it('a full disk of the database is reported, and no longer when there is room', async ({ skip }) => {
  mkdirSync(dir.state);
  // Needs root.
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'sitesync', dir.state]).status !== 0)
    return skip('may not mount');
  const [problems, end] = [new Map<string, Problem>(), new AbortController()];
  const plan = { site: 'brazil' } as SitePlan;
  const log = pino({ enabled: false });
  const watching = watchStateRoom({ dir, disk: realDisk, plan, problems, log, signal: end.signal });
  const file = join(dir.state, 'f');
  expect(problems).toEqual(new Map());
  writeFileSync(file, Buffer.alloc(20_000_000));
  expect(await until(() => problems.get('database'))).toEqual({
    code: 'databaseDiskFull',
    params: { path: dir.state },
  });
  rmSync(file);
  await until(() => problems.size === 0);
  end.abort();
  await watching;
});
