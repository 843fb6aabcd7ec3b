import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SiteDir } from '../base/site-dir.ts';

const run = promisify(execFile);

/** Creates the data directory elsewhere and renames it into place when complete: an interruption leaves nothing half done. */
export async function initialiseMariadb(dir: SiteDir): Promise<void> {
  if (existsSync(dir.mysql.data)) return;
  const half = `${dir.mysql.data}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o700 });
  // mariadb-install-db splits paths at spaces: give it one without.
  const scratch = mkdtempSync(join(tmpdir(), 'sitesync-init-'));
  const alias = join(scratch, 'data');
  symlinkSync(half, alias);
  const args = [
    '--no-defaults',
    `--datadir=${alias}`,
    `--tmpdir=${alias}`,
    '--skip-test-db',
    '--skip-name-resolve',
    '--auth-root-authentication-method=socket',
    `--auth-root-socket-user=${userInfo().username}`,
  ];
  try {
    await run('mariadb-install-db', [...args, ...(process.getuid?.() === 0 ? ['--user=root'] : [])]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  mkdirSync(join(half, 'no-files'), { recursive: true, mode: 0o700 });
  renameSync(half, dir.mysql.data);
}
