import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InvalidInput } from '../../src/base/invalid-input.ts';
import { sendRequest, serveControl, socketPath } from '../../src/local/control.ts';
import { dataDir } from '../../src/local/data-dir.ts';

let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'sitesync-control-'));
  vi.stubEnv('TMPDIR', temp);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temp, { recursive: true });
});

const deep = dataDir(`/${'deep/'.repeat(100)}`);

test('the socket path fits 107 bytes however deep the data folder is, and only its owner can open it', async () => {
  const path = socketPath(deep);
  expect(path.length).toBeLessThan(108);
  const server = await serveControl(path, () => Promise.resolve('fine'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(await sendRequest(path, { verb: 'wait' }, 1000)).toBe('fine');
  server.close();
});

test('a directory in which others could create a socket is not used', () => {
  chmodSync(dirname(socketPath(deep)), 0o777);
  expect(() => socketPath(deep)).toThrow(InvalidInput);
});

test('problems arrive as problems, failures as messages', async () => {
  const problem = { file: 'a.yaml', line: 3, reason: 'is wrong', remedy: 'Mend it' };
  const server = await serveControl(socketPath(deep), ({ verb }) => {
    throw verb === 'apply' ? new InvalidInput([problem]) : new Error('no disk');
  });
  await expect(sendRequest(socketPath(deep), { verb: 'apply', files: [] }, 1000)).rejects.toMatchObject({
    problems: [problem],
  });
  await expect(sendRequest(socketPath(deep), { verb: 'down' }, 1000)).rejects.toThrow('no disk');
  server.close();
});

test('the wait ends on time-out, and when there is no supervisor', async () => {
  const server = await serveControl(socketPath(deep), () => new Promise(() => undefined));
  await expect(sendRequest(socketPath(deep), { verb: 'wait' }, 100)).rejects.toThrow(/abort/i);
  server.close();
  await expect(sendRequest(join(temp, 'none.sock'), { verb: 'wait' }, 100)).rejects.toThrow(/ENOENT/);
});
