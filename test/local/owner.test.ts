import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataDir } from '../../src/local/data-dir.ts';
import { becomeOwner, ownerOf, releaseOwnership } from '../../src/local/owner.ts';

function tempData() {
  const root = mkdtempSync(join(tmpdir(), 'sitesync-owner-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return dataDir(root);
}

test('one process owns a data folder until it releases it', () => {
  const data = tempData();
  expect(ownerOf(data)).toBeUndefined();
  expect(becomeOwner(data, '/tmp/a.sock')).toBeUndefined();
  expect(ownerOf(data)).toMatchObject({ pid: process.pid, socket: '/tmp/a.sock' });
  expect(becomeOwner(data, '/tmp/b.sock')).toMatchObject({ socket: '/tmp/a.sock' });
  releaseOwnership(data);
  expect(ownerOf(data)).toBeUndefined();
  expect(readdirSync(data.root)).toEqual([]);
});

test('an owner that died, or whose pid was reused, owns nothing', async () => {
  const data = tempData();
  const gone = spawn('true');
  await once(gone, 'exit');
  for (const pid of [gone.pid, process.ppid]) {
    writeFileSync(data.owner, JSON.stringify({ pid, started: 'long/ago', socket: '/tmp/a.sock' }));
    expect(ownerOf(data)).toBeUndefined();
  }
  expect(becomeOwner(data, '/tmp/c.sock')).toBeUndefined();
  expect(ownerOf(data)?.socket).toBe('/tmp/c.sock');
});

test('a truncated file owns nothing', () => {
  const data = tempData();
  writeFileSync(data.owner, '{"pid": 1');
  expect(becomeOwner(data, '/tmp/a.sock')).toBeUndefined();
});

test('of many that start at once, one wins', () => {
  const data = tempData();
  writeFileSync(data.owner, JSON.stringify({ pid: 1, started: 'long/ago', socket: '/tmp/dead.sock' }));
  const module = new URL('../../src/local/owner.ts', import.meta.url).pathname;
  const script = `import { becomeOwner } from '${module}'; const other = becomeOwner(${JSON.stringify({ root: data.root, owner: data.owner })}, 's');
    console.log(other ? 'lost' : 'won'); setTimeout(() => {}, 1000);`;
  writeFileSync(join(data.root, 'start.ts'), script);
  const start = `for i in 1 2 3 4 5; do "${process.execPath}" "${data.root}/start.ts" & done; wait`;
  const said = execFileSync('bash', ['-c', start]).toString().trim().split('\n');
  expect(said.toSorted()).toEqual(['lost', 'lost', 'lost', 'lost', 'won']);
});
