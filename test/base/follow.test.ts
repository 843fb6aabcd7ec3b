import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followFolders } from '../../src/base/follow.ts';
import { until } from '../support/until.ts';

test('a folder that cannot be watched is looked at all the same', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sitesync-follow-'));
  const stop = new AbortController();
  let calls = 0;
  try {
    followFolders([dir, join(dir, 'not there')], () => calls++, stop.signal);
    writeFileSync(join(dir, 'plan.json'), '{}');
    await until(() => calls > 0, 5000, 'a call for what is watched');
    const before = calls;
    await until(() => calls > before, 5000, 'a call by the timer');
  } finally {
    stop.abort();
    rmSync(dir, { recursive: true });
  }
  expect(calls).toBeGreaterThan(1);
});
