import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openAudit } from '../../../src/web/people/audit.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-audit-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));
const DAY = 86_400_000;
const never = (error: Error) => {
  throw error;
};

test('records are kept across restarts, the newest first, readable by nobody else, for 90 days', async () => {
  const path = join(temp, 'audit.jsonl');
  let now = Date.parse('2026-11-01');
  const first = openAudit(path, () => now, never);
  first.note({ what: 'signedIn', user: 'anna', address: '::1' });
  await first.written();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  // A power failure cut the last line.
  appendFileSync(path, '{"at":"2026-11-01","wh');
  appendFileSync(path, '\n');
  now += 60 * DAY;
  const second = openAudit(path, () => now, never);
  second.note({ what: 'signedOut', user: 'anna', address: '::1' });
  expect((await second.read(0, 10)).map(({ what }) => what)).toEqual(['signedOut', 'signedIn']);
  expect(await second.read(1, 10)).toHaveLength(1);
  now += 31 * DAY;
  expect((await second.read(0, 10)).map(({ what }) => what)).toEqual(['signedOut']);
});

test('the log stays small', async () => {
  const path = join(temp, 'large.jsonl');
  let now = Date.now();
  const audit = openAudit(path, () => now, never);
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 5000; i++) audit.note({ what: 'signInFailed', user: 'x'.repeat(100), address: '::1' });
    await audit.written();
  }
  const sizes = [path, `${path}.1`].map((file) => (existsSync(file) ? statSync(file).size : 0));
  expect(sizes[0]! + sizes[1]!).toBeLessThan(12_000_000);
  expect(sizes[1]).toBeGreaterThan(0);
  now += 91 * DAY;
  await audit.clean();
  expect(existsSync(`${path}.1`)).toBe(false);
});
