import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hashBehind, hashIfThere } from '../../../src/agent/fs/hash.ts';

const dir = mkdtempSync(join(tmpdir(), 'sitesync-hash-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('only a file has a content: what came in its place is nothing, and no error that stops what came with it', async () => {
  writeFileSync(join(dir, 'file'), 'content');
  mkdirSync(join(dir, 'directory'));
  symlinkSync('file', join(dir, 'link'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const expected = createHash('sha256').update('content').digest();
  for (const hash of [hashIfThere, (path: string) => hashBehind(path, Promise.resolve())]) {
    expect(await hash(join(dir, 'file'))).toEqual(expected);
    for (const name of ['directory', 'link', 'pipe', 'nothing', 'file/below a file'])
      expect(await hash(join(dir, name)), name).toBeUndefined();
  }
});
