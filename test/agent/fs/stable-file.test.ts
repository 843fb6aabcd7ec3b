import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { CHANGING, settleLarge, settleSmall } from '../../../src/agent/fs/stable-file.ts';
import { openTree } from '../../../src/agent/fs/tree.ts';
import { until } from '../../support/until.ts';
import { tempTree } from '../detect/rig.ts';

let tree: ReturnType<typeof tempTree>;
const root = () => ({ root: tree.root, disk: realDisk });
const at = (path: string) => join(tree.root, path);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
beforeEach(() => {
  tree = tempTree();
});
afterEach(() => tree.remove());

function small(path: string, inlineMax = 4096) {
  const open = openTree(root());
  try {
    return settleSmall(open, path, inlineMax);
  } finally {
    open.close();
  }
}

describe('a settled file', () => {
  it('is hashed, and its content is returned if it is small', async () => {
    for (const size of [0, 1, 4096, 4097, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'abc');
      writeFileSync(at('f'), bytes);
      expect([small('f'), await settleLarge(root(), 'f')]).toEqual([CHANGING, CHANGING]);
      await until(() => Date.now() - statSync(at('f')).ctimeMs > 60);
      const one = small('f');
      const other = await settleLarge(root(), 'f');
      if (!one || !other || one === CHANGING || other === CHANGING) throw new Error('it stood still');
      expect([hex(one.sha256), hex(other.sha256)]).toEqual([sha256(bytes), sha256(bytes)]);
      expect(one.content?.length).toBe(size <= 4096 ? size : undefined);
    }
  });

  it('is a regular file in the tree: no symlink, pipe or directory, and not reached through a symlink', async () => {
    symlinkSync('/etc/passwd', at('link'));
    symlinkSync('/etc', at('etc'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const path of ['link', 'etc/passwd', 'pipe', '.', 'none', 'none/f']) {
      expect(small(path)).toBeUndefined();
      expect(await settleLarge(root(), path)).toBeUndefined();
    }
  });
});

/** The rule, less the granularity of the kernel's file timestamps. */
const STOOD_STILL_MS = 40;

describe('a file that is written all the time', () => {
  /**
   * Rewrites or replaces the file in bursts, with content that is all of one letter. Says how many writes it has done, and how many
   * rewrites it was kept from going on with for so long that the file stood still in the middle, as on a busy machine.
   */
  const WRITER = `
    const { writeFileSync, renameSync, openSync, writeSync } = require('node:fs');
    const { workerData: { path, size, how, said, stoodStillMs } } = require('node:worker_threads');
    const fd = how === 'in place' ? openSync(path, 'r+') : undefined;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; ; i++) {
      if (i % 5 === 0) Atomics.wait(pause, 0, 0, 80);
      const bytes = Buffer.alloc(size, 97 + (i % 26));
      if (fd === undefined) { writeFileSync(path + '.new', bytes); renameSync(path + '.new', path); continue; }
      for (let at = 0, began; at < size; at += 4096) {
        const now = performance.now();
        if (at > 0 && now - began > stoodStillMs) Atomics.add(said, 1, 1);
        began = now;
        writeSync(fd, bytes, at, 4096, at);
        Atomics.add(said, 0, 1);
      }
    }`;
  const whole = (size: number) => new Set(Array.from({ length: 26 }, (_none, i) => sha256(Buffer.alloc(size, 97 + i))));

  it.each([
    ['in place', 65_536],
    ['in place', 4_194_304],
    ['by rename', 65_536],
    ['by rename', 4_194_304],
  ])('%s, of %i bytes, has the hash of what stood still, and in the end that of what is there', async (how, size) => {
    const path = at('f');
    writeFileSync(path, Buffer.alloc(size, 'a'));
    const said = new Int32Array(new SharedArrayBuffer(8));
    const writer = new Worker(WRITER, {
      eval: true,
      workerData: { path, size, how, said, stoodStillMs: STOOD_STILL_MS },
    });
    const right = whole(size);
    let [changing, still, stalls, excused] = [0, 0, 0, ''];
    try {
      for (const end = Date.now() + 1500; Date.now() < end; await new Promise((resolve) => setImmediate(resolve))) {
        for (const settled of [small('f'), await settleLarge(root(), 'f')]) {
          if (settled === CHANGING) changing++;
          else if (settled) {
            still++;
            if (right.has(hex(settled.sha256)) || excused === hex(settled.sha256)) continue;
            // The writer may have paused in the middle; it reports that when it continues.
            const writes = Atomics.load(said, 0);
            await until(() => Atomics.load(said, 0) > writes);
            expect(Atomics.load(said, 1)).toBeGreaterThan(stalls);
            stalls = Atomics.load(said, 1);
            excused = hex(settled.sha256);
          }
        }
      }
    } finally {
      await writer.terminate();
    }
    expect(changing).toBeGreaterThan(0);
    expect(still).toBeGreaterThan(0);
    renameSync(path, at('g'));
    const last = await settleLarge(root(), 'g', 0);
    expect(last && last !== CHANGING && hex(last.sha256)).toBe(sha256(readFileSync(at('g'))));
  });
});
