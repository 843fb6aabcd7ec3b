import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANGING, settleLarge, settleSmall } from '../../../src/agent/fs/stable-file.ts';
import { openTree } from '../../../src/agent/fs/tree.ts';
import { until } from '../../support/until.ts';
import { tempTree } from '../detect/rig.ts';

let tree: ReturnType<typeof tempTree>;
const at = (path: string) => join(tree.root, path);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
beforeEach(() => {
  tree = tempTree();
});
afterEach(() => tree.remove());

function small(path: string, inlineMax = 4096) {
  const open = openTree(tree.root);
  try {
    return settleSmall(open, path, inlineMax);
  } finally {
    open.close();
  }
}

describe('a settled file', () => {
  it('has its hash, and its content when it is small', async () => {
    for (const size of [0, 1, 4096, 4097, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'abc');
      writeFileSync(at('f'), bytes);
      expect([small('f'), await settleLarge(tree.root, 'f')]).toEqual([CHANGING, CHANGING]);
      await until(() => Date.now() - statSync(at('f')).ctimeMs > 60);
      const one = small('f');
      const other = await settleLarge(tree.root, 'f');
      if (!one || !other || one === CHANGING || other === CHANGING) throw new Error('it stood still');
      expect([hex(one.sha256), hex(other.sha256)]).toEqual([sha256(bytes), sha256(bytes)]);
      expect(one.content?.length).toBe(size <= 4096 ? size : undefined);
    }
  });

  it('is a regular file of the tree: no symlink, pipe or directory, nothing through a symlink', async () => {
    symlinkSync('/etc/passwd', at('link'));
    symlinkSync('/etc', at('etc'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const path of ['link', 'etc/passwd', 'pipe', '.', 'none', 'none/f']) {
      expect(small(path)).toBeUndefined();
      expect(await settleLarge(tree.root, path)).toBeUndefined();
    }
  });

  it('10,000 of 1 KB take well under a second', async () => {
    for (let i = 0; i < 10_000; i++) writeFileSync(at(`${i}`), Buffer.alloc(1024, i));
    await until(() => Date.now() - statSync(at('9999')).ctimeMs > 60);
    const open = openTree(tree.root);
    const started = performance.now();
    for (let i = 0; i < 10_000; i++) expect(settleSmall(open, `${i}`, 0)).not.toBe(CHANGING);
    const ms = performance.now() - started;
    open.close();
    console.log(`10,000 small files settled in ${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(2000);
  });
});

describe('a torn write', () => {
  /** Rewrites or replaces the file in bursts, with content that is all of one letter. */
  const WRITER = `
    const { writeFileSync, renameSync, openSync, writeSync } = require('node:fs');
    const { workerData: { path, size, how } } = require('node:worker_threads');
    const fd = how === 'in place' ? openSync(path, 'r+') : undefined;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; ; i++) {
      if (i % 5 === 0) Atomics.wait(pause, 0, 0, 80);
      const bytes = Buffer.alloc(size, 97 + (i % 26));
      if (fd !== undefined) for (let at = 0; at < size; at += 4096) writeSync(fd, bytes, at, 4096, at);
      else { writeFileSync(path + '.new', bytes); renameSync(path + '.new', path); }
    }`;
  const whole = (size: number) => new Set(Array.from({ length: 26 }, (_none, i) => sha256(Buffer.alloc(size, 97 + i))));

  it.each([
    ['in place', 65_536],
    ['in place', 4_194_304],
    ['by rename', 65_536],
    ['by rename', 4_194_304],
  ])('%s of %i bytes never has a hash', async (how, size) => {
    const path = at('f');
    writeFileSync(path, Buffer.alloc(size, 'a'));
    const writer = new Worker(WRITER, { eval: true, workerData: { path, size, how } });
    const right = whole(size);
    let [changing, still] = [0, 0];
    try {
      for (const end = Date.now() + 1500; Date.now() < end; await new Promise((resolve) => setImmediate(resolve))) {
        for (const settled of [small('f'), await settleLarge(tree.root, 'f')]) {
          if (settled === CHANGING) changing++;
          else if (settled) {
            still++;
            expect(right.has(hex(settled.sha256))).toBe(true);
          }
        }
      }
    } finally {
      await writer.terminate();
    }
    expect(changing).toBeGreaterThan(0);
    expect(still).toBeGreaterThan(0);
    renameSync(path, at('g'));
    const last = await settleLarge(tree.root, 'g', 0);
    expect(last && last !== CHANGING && hex(last.sha256)).toBe(sha256(readFileSync(at('g'))));
  });
});
