import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRsync } from '../../../src/agent/transfer/rsync.ts';
import { rsyncUser } from '../../../src/base/login-name.ts';
import { startSites } from '../../support/agents.ts';
import { treeOf } from '../../support/tree.ts';
import { until } from '../../support/until.ts';

/** A child, its hub, and another child: what arrives at b has been stored at h, and sent from there. */
let sites: Awaited<ReturnType<typeof startSites>>;
beforeAll(async () => {
  sites = await startSites({
    hubs: ['h'],
    links: [
      ['a', 'h'],
      ['b', 'h'],
    ],
    counted: true,
  });
});
afterAll(() => sites?.stop());

const MB = 2 ** 20;
const at = (site: string, path: string) => join(sites.get(site).root, path);
const onDisk = (site: string, path: string) => statSync(at(site, path)).blocks * 512;

/** Writes random data of these lengths at these offsets of a file at a. */
function write(path: string, size: number, data: [at: number, bytes: number][], flags = 'w'): void {
  const file = openSync(at('a', path), flags);
  ftruncateSync(file, size);
  for (const [offset, bytes] of data) writeSync(file, randomBytes(bytes), 0, bytes, offset);
  closeSync(file);
}

/** Until all trees are equal and all sites in sync. Returns the bytes that this took on both links, from a to b. */
async function arrived(change: () => unknown): Promise<number> {
  const sent = () => sites.wire()['a-h']!.up + sites.wire()['b-h']!.down;
  const before = sent();
  await change();
  const isSettled = async () => {
    const trees = sites.all().map(({ root }) => JSON.stringify(treeOf(root)));
    if (new Set(trees).size > 1) return false;
    return (await Promise.all(sites.all().map((site) => site.status()))).every(({ inSync }) => inSync);
  };
  await until(isSettled, 120_000, 'all sites in sync');
  return sent() - before;
}

const isSparse = (path: string, most: number) => {
  for (const site of ['a', 'h', 'b']) expect(onDisk(site, path), `${path} at ${site}`).toBeLessThanOrEqual(most);
};

it('an image with holes is sent and stored without them, also after a change and under another name', async () => {
  const data: [number, number][] = [0, 40, 90].map((offset) => [offset * MB, MB]);
  expect(await arrived(() => write('vm.img', 128 * MB, data))).toBeLessThan(2 * 4 * MB);
  isSparse('vm.img', 4 * MB);
  expect(await arrived(() => write('vm.img', 128 * MB, [[60 * MB, 5000]], 'r+'))).toBeLessThan(2 * MB);
  isSparse('vm.img', 4 * MB);
  expect(await arrived(() => execFileSync('cp', [at('a', 'vm.img'), at('a', 'copy.img')]))).toBeLessThan(MB / 4);
  for (const site of ['h', 'b']) expect(onDisk(site, 'copy.img')).toBeLessThanOrEqual(4 * MB);
});

it('so is a file of holes, and one whose space was reserved and never written', async () => {
  const bytes = await arrived(() => {
    write('holes', 64 * MB + 1, []);
    write('small', MB, [[5000, 1]]);
    execFileSync('fallocate', ['-l', '64M', at('a', 'reserved')]);
  });
  expect(bytes).toBeLessThan(MB / 2);
  isSparse('holes', 4096);
  isSparse('small', 8192);
  for (const site of ['h', 'b']) expect(onDisk(site, 'reserved')).toBeLessThanOrEqual(4096);
});

it('what an interruption left is continued, in a hole as in data, and nothing of it is lost', async () => {
  await arrived(() =>
    write(
      'long.img',
      64 * MB,
      [0, 20, 50].map((offset) => [offset * MB, 2 * MB]),
    ),
  );
  const into = mkdtempSync(join(tmpdir(), 'sitesync-resume-'));
  mkdirSync(join(into, 'pulled'));
  const password = 'rsync-a-at-h';
  for (const left of [MB, 10 * MB, 21 * MB, 60 * MB]) {
    execFileSync('cp', ['--sparse=always', at('h', 'long.img'), join(into, 'pulled/long.img')]);
    truncateSync(join(into, 'pulled/long.img'), left);
    const result = await runRsync({
      port: sites.get('h').plan.ports.rsync,
      user: rsyncUser('a', password),
      password,
      module: 'projects',
      paths: ['long.img'],
      into: join(into, 'pulled'),
      resume: true,
      sparse: true,
      compress: true,
      signal: new AbortController().signal,
    });
    expect(result).toEqual({ ok: true });
    execFileSync('cmp', [at('h', 'long.img'), join(into, 'pulled/long.img')]);
    expect(statSync(join(into, 'pulled/long.img')).blocks * 512).toBeLessThanOrEqual(7 * MB);
  }
  rmSync(into, { recursive: true });
});

it('a hole that is punched into what was data arrives as one', async () => {
  await arrived(() => write('punched', 16 * MB, [[0, 16 * MB]]));
  const punch = () => execFileSync('fallocate', ['--punch-hole', '-o', '1M', '-l', '14M', at('a', 'punched')]);
  expect(await arrived(punch)).toBeLessThan(MB);
  isSparse('punched', 3 * MB);
});

it('names of one file arrive as files of their own, each with the content that it had', async () => {
  await arrived(() => {
    write('one', 3000, [[0, 3000]]);
    linkSync(at('a', 'one'), at('a', 'two'));
    write('other', 3000, [[0, 3000]]);
  });
  const links = (site: string) => ['one', 'two'].map((path) => statSync(at(site, path)).nlink);
  expect([links('a'), links('h'), links('b')]).toEqual([
    [2, 2],
    [1, 1],
    [1, 1],
  ]);
  // In place: at a both names have the new content, and so they have elsewhere. An edit of one elsewhere is of that one.
  await arrived(() => write('one', 3000, [[100, 500]], 'r+'));
  expect(readFileSync(at('b', 'two'))).toEqual(readFileSync(at('a', 'one')));
  const before = readFileSync(at('b', 'two'));
  execFileSync('sh', ['-c', 'echo of b > "$1"', 'sh', at('b', 'one')]);
  await arrived(() => undefined);
  for (const site of ['a', 'h', 'b']) {
    expect(readFileSync(at(site, 'one'), 'latin1')).toBe('of b\n');
    expect(readFileSync(at(site, 'two'))).toEqual(before);
  }
});
