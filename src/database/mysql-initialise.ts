import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SiteDir } from '../base/site-dir.ts';
import { mysqldProgram } from './mysql-program.ts';

const run = promisify(execFile);

/**
 * Creates the data directory elsewhere and renames it into place when complete: an interruption leaves nothing half done.
 * The configuration file must exist: the server takes its uuid from it.
 */
export async function initialiseMysql(dir: SiteDir): Promise<void> {
  if (existsSync(dir.mysql.data)) return;
  const half = `${dir.mysql.data}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(tmpdir(), 'sitesync-init-'));
  const users = join(scratch, 'users.sql');
  writeFileSync(users, `${administratorSql(userInfo().username).join('\n')}\n`);
  const args = [
    '--no-defaults',
    '--initialize-insecure',
    `--datadir=${half}`,
    `--tmpdir=${half}`,
    `--init-file=${users}`,
  ];
  try {
    await run(mysqldProgram(), [
      ...args,
      '--secure-file-priv=NULL',
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const config = readFileSync(dir.mysql.config, 'utf8');
  writeFileSync(join(half, 'auto.cnf'), config.slice(config.indexOf('[auto]')));
  renameSync(half, dir.mysql.data);
}

/**
 * Makes the operating system user the only administrator, through the socket only; one statement per line. The plugin for
 * that is not loaded while the data directory is created, so the table is updated where CREATE USER would be refused.
 */
export function administratorSql(name: string): string[] {
  return [
    ...(name === 'root' ? [] : [`CREATE USER '${name}'@localhost;`, 'DROP USER root@localhost;']),
    `GRANT ALL ON *.* TO '${name}'@localhost WITH GRANT OPTION;`,
    `UPDATE mysql.user SET plugin = 'auth_socket', authentication_string = '' WHERE User = '${name}';`,
  ];
}
