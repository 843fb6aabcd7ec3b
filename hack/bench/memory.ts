import { mkdtempSync, openSync, readSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

const STEP = 4 * 2 ** 20;

/**
 * Keeps the page cache full of zeros, read from a sparse file, like the cache of a machine that has been up for a day. A
 * virtual machine returns free memory to its host, and pays up to 2 s of CPU time for each GB that it takes back: without
 * this, whoever is measured first pays for all. Returns what to call before each measurement.
 */
export function createPageCacheFiller(): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'sitesync-bench-'));
  const hole = join(dir, 'hole');
  const fd = openSync(hole, 'w+');
  truncateSync(hole, totalmem());
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const buffer = Buffer.allocUnsafe(STEP);
  return () => {
    for (let at = 0; at < totalmem(); at += STEP) readSync(fd, buffer, 0, STEP, at);
  };
}
