import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Room } from '../../../src/agent/fs/disk.ts';
import { noRoom } from '../../../src/agent/room/keeper.ts';
import { fitting, usable } from '../../../src/agent/room/room.ts';
import { sentenceOf } from '../../../src/problems/problem.ts';

const room = fc
  .record({ size: fc.nat(10 ** 12), share: fc.double({ min: 0, max: 1, noNaN: true }), inodes: fc.nat(10 ** 6) })
  .map(
    ({ size, share, inodes }): Room => ({
      size,
      free: Math.floor(size * share),
      inodes: { free: Math.floor(inodes * share), all: inodes },
    }),
  );

test('leaves a hundredth of the disk, at most 100 MB, and inodes; what is postponed would not have fitted', () => {
  fc.assert(
    fc.property(room, fc.array(fc.nat(10 ** 9), { maxLength: 50 }), (disk, sizes) => {
      const { fit, wait } = fitting(sizes, (size) => size, disk);
      expect([...fit, ...wait].toSorted((a, b) => a - b)).toEqual(sizes.toSorted((a, b) => a - b));
      const left = disk.free - fit.reduce((sum, size) => sum + size, 0);
      if (fit.length > 0) expect(left).toBeGreaterThanOrEqual(Math.floor(Math.min(disk.size * 0.01, 100_000_000)));
      expect(fit.length).toBeLessThanOrEqual(usable(disk).inodes);
      if (fit.length < usable(disk).inodes)
        for (const size of wait) expect(size).toBeGreaterThan(usable(disk).bytes - (disk.free - left));
    }),
  );
});

test('a full disk is reported with folder, place and need, the same for a little more', () => {
  const problem = noRoom('projects', '/srv/files', 123_456);
  expect(sentenceOf(problem, 'brazil')).toContain(
    'no space left on the disk of folder projects (/srv/files), 130000 bytes needed: free up space',
  );
  expect(noRoom('projects', '/srv/files', 123_999)).toEqual(problem);
});
