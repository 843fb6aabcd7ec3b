import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { At } from '../../../src/agent/fs/at.ts';
import { hashBehind, hashIfThere } from '../../../src/agent/fs/hash.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { realClock } from '../../../src/base/clock.ts';

const dir = mkdtempSync(join(tmpdir(), 'sitesync-hash-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('only files have content: what replaced a file gives nothing, and no error that would stop the batch', async () => {
  writeFileSync(join(dir, 'file'), 'content');
  mkdirSync(join(dir, 'directory'));
  symlinkSync('file', join(dir, 'link'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const expected = createHash('sha256').update('content').digest();
  const fd = realDisk.openRoot(dir);
  for (const hash of [
    (at: At) => hashIfThere(realDisk, at),
    (at: At) => hashBehind(realDisk, at, Promise.resolve(), realClock),
  ]) {
    expect(await hash({ fd, name: 'file' })).toEqual(expected);
    for (const name of ['directory', 'link', 'pipe', 'nothing', 'file/below a file'])
      expect(await hash({ fd, name }), name).toBeUndefined();
  }
  closeSync(fd);
});
