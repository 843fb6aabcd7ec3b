import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSites } from '../support/agents.ts';
import { browser, writeUsers } from '../support/page.ts';

const disk = mkdtempSync(join(tmpdir(), 'sitesync-disk-'));
/** Needs root. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'sitesync', disk]).status === 0;
const cannotMount = mounted ? '' : ' (nothing can be mounted here: be root)';
let sites: Awaited<ReturnType<typeof startSites>>;

beforeAll(async () => {
  if (!mounted) return;
  sites = await startSites({ hubs: ['germany'], links: [], folder: { path: disk }, page: true });
  await writeUsers(sites.get('germany'), [{ name: 'anna', admin: true }]);
}, 60_000);

afterAll(async () => {
  await sites?.stop();
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
}, 60_000);

test.skipIf(!mounted)(
  `a disk that fills up in the middle is said to be full, and the upload goes on when there is room${cannotMount}`,
  async () => {
    const anna = browser(sites.get('germany'));
    await anna.signIn('anna');
    const tus = { 'tus-resumable': '1.0.0' };
    const bytes = randomBytes(8_000_000);
    const begun = await anna.ask('/folders/projects/uploads', {
      method: 'POST',
      headers: { ...tus, 'upload-length': String(bytes.length), 'upload-metadata': `path ${btoa('big.bin')}` },
    });
    expect(begun.status).toBe(201);
    const at = begun.headers.get('location')!.replace('/api/v1', '');
    const send = (offset: number) =>
      anna.ask(at, {
        method: 'PATCH',
        headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
        body: new Uint8Array(bytes.subarray(offset)),
      });
    writeFileSync(join(disk, '.sitesync', 'filler'), Buffer.alloc(77_000_000));
    const full = await send(0);
    expect([full.status, await full.text()]).toEqual([507, expect.stringContaining('full')]);
    rmSync(join(disk, '.sitesync', 'filler'));
    const asked = await anna.ask(at, { method: 'HEAD', headers: tus });
    const offset = Number(asked.headers.get('upload-offset'));
    expect(offset).toBeLessThan(bytes.length);
    expect((await send(offset)).status).toBe(204);
    expect(readFileSync(join(disk, 'big.bin')).equals(bytes)).toBe(true);
  },
);
