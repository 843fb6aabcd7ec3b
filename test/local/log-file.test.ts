import { closeSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLog, rotateLog, tailOf } from '../../src/local/log-file.ts';

function tempLog(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sitesync-log-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return join(dir, 'agent.log');
}

test('a log is rotated while it is written, and its size is bounded', () => {
  const path = tempLog();
  const fd = openLog(path);
  writeSync(fd, 'x'.repeat(100));
  rotateLog(path, 101);
  expect(readFileSync(path)).toHaveLength(100);
  rotateLog(path, 100);
  writeSync(fd, 'after');
  closeSync(fd);
  expect(readFileSync(path, 'utf8')).toBe('after');
  expect(readFileSync(`${path}.1`)).toHaveLength(100);
});

test('the tail of a log is its last lines; of none, nothing', () => {
  const path = tempLog();
  expect(tailOf(path)).toBe('');
  const fd = openLog(path);
  writeSync(fd, `${'long '.repeat(4000)}\none\ntwo\nthree\n`);
  closeSync(fd);
  expect(tailOf(path, 2)).toBe('two\nthree');
});
