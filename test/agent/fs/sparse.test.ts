import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashBehind, hashFile } from '../../../src/agent/fs/hash.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { isMostlyHoles, mostData, SPARSE_MIN, sparsityOf } from '../../../src/agent/fs/sparse.ts';
import { settleLarge } from '../../../src/agent/fs/stable-file.ts';
import { countData, createStretches } from '../../../src/agent/fs/stretches.ts';
import { realClock } from '../../../src/base/clock.ts';

const dir = mkdtempSync(join(tmpdir(), 'sitesync-sparse-'));
let fd: number;
beforeAll(() => {
  fd = realDisk.openRoot(dir);
});
afterAll(() => {
  closeSync(fd);
  rmSync(dir, { recursive: true });
});

/** A file of this size with random data of these lengths at these offsets. */
function make(name: string, size: number, data: [at: number, bytes: number][]): Buffer {
  const file = openSync(join(dir, name), 'w');
  ftruncateSync(file, size);
  for (const [at, bytes] of data) writeSync(file, randomBytes(bytes), 0, bytes, at);
  closeSync(file);
  return createHash('sha256')
    .update(readFileSync(join(dir, name)))
    .digest();
}

const dataIn = (name: string) => {
  const file = realDisk.openFile({ fd, name });
  try {
    return countData(realDisk, file);
  } finally {
    realDisk.close(file);
  }
};
const onDisk = (name: string) => statSync(join(dir, name)).blocks * 512;

const MB = 2 ** 20;
const LAYOUTS: Record<string, [size: number, data: [number, number][]]> = {
  empty: [0, []],
  'without holes': [3 * MB, [[0, 3 * MB]]],
  'of holes only': [9 * MB + 1, []],
  'that begins with a hole': [5 * MB, [[4 * MB, MB]]],
  'that ends in a hole': [5 * MB + 7, [[0, 4096]]],
  'with data between holes': [
    12 * MB,
    [
      [MB, 8192],
      [6 * MB + 100, 50_000],
    ],
  ],
};

describe.each(Object.entries(LAYOUTS))('a file %s', (name, [size, data]) => {
  it('has the SHA-256 of all its bytes, also while it is written', async () => {
    const expected = make(name, size, data);
    expect(await hashFile(realDisk, { fd, name })).toEqual(expected);
    expect(await hashBehind(realDisk, { fd, name }, Promise.resolve(), realClock)).toEqual(expected);
  });

  it('keeps its holes in a copy, which has no other content, and no more than its permission bits', async () => {
    const expected = make(name, size, data);
    const copy = { fd, name: `copy of ${name}` };
    await realDisk.copy({ fd, name }, copy);
    expect(await hashFile(realDisk, copy)).toEqual(expected);
    expect(onDisk(copy.name)).toBeLessThanOrEqual(onDisk(name) + 4096);
    await expect(realDisk.copy({ fd, name }, copy)).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

it('what was reserved and never written is a hole, and so is what is punched into a file', async () => {
  execFileSync('fallocate', ['-l', '8M', join(dir, 'reserved')]);
  expect(onDisk('reserved')).toBe(8 * MB);
  expect(dataIn('reserved')).toBe(0);
  make('punched', 8 * MB, [[0, 8 * MB]]);
  expect(dataIn('punched')).toBe(8 * MB);
  execFileSync('fallocate', ['--punch-hole', '-o', '1M', '-l', '6M', join(dir, 'punched')]);
  expect(dataIn('punched')).toBe(2 * MB);
  await realDisk.copy({ fd, name: 'punched' }, { fd, name: 'copy of the punched' });
  expect(onDisk('copy of the punched')).toBe(2 * MB);
});

it('a settled file says how sparse it is', async () => {
  make('image', 16 * MB, [[3 * MB, MB]]);
  make('full', 16 * MB, [[0, 16 * MB]]);
  const root = { root: dir, disk: realDisk };
  expect(await settleLarge(root, 'image', 0)).toMatchObject({ sparsity: sparsityOf(16 * MB, MB) });
  expect(await settleLarge(root, 'full', 0)).not.toHaveProperty('sparsity');
});

it('a filesystem that cannot tell has no holes', () => {
  make('anything', 5 * MB, [[MB, 1]]);
  const file = realDisk.openFile({ fd, name: 'anything' });
  const disk = { ...realDisk, seekData: (_fd: number, at: number) => ({ from: at, to: Number.POSITIVE_INFINITY }) };
  expect(countData(disk, file)).toBe(5 * MB);
  expect(createStretches(disk, file).next(MB)).toEqual({ isHole: false, bytes: MB });
  realDisk.close(file);
});

it('how sparse a file is fits into four bits, and never says less than its data', () => {
  const file = fc.integer({ min: 0, max: 2 ** 50 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size)));
  fc.assert(
    fc.property(file, ([size, data]) => {
      const sparsity = sparsityOf(size, data);
      expect(sparsity).toBeGreaterThanOrEqual(0);
      expect(sparsity).toBeLessThanOrEqual(15);
      expect(mostData({ size, sparsity })).toBeGreaterThanOrEqual(data);
      expect(mostData({ size, sparsity })).toBeLessThanOrEqual(Math.max(size, 0));
      if (sparsity > 1 && sparsity < 15) expect(mostData({ size, sparsity })).toBeLessThanOrEqual(2 * data + 1);
    }),
  );
  expect(sparsityOf(SPARSE_MIN - 1, 0)).toBe(0);
  expect(sparsityOf(100 * MB, 99 * MB)).toBe(0);
  expect(sparsityOf(100 * MB, 70 * MB)).toBe(1);
  expect(mostData({ size: 2 ** 40, sparsity: sparsityOf(2 ** 40, MB) })).toBe(64 * MB);
  expect(isMostlyHoles({ size: 2 ** 40, sparsity: 15 })).toBe(true);
  expect(isMostlyHoles({ size: 2 ** 40 })).toBe(false);
});
