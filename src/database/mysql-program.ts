import { accessSync, constants, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';

/** Where `hack/mysql` installs MySQL. */
const FETCHED = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sitesync/mysql/bin/mysqld');

/**
 * The MySQL server on this machine: the one in SITESYNC_MYSQL_BIN, else the first on PATH or in the system directories,
 * else the one of `hack/mysql`. MariaDB uses the same name, and does not count.
 */
export function mysqldProgram(): string {
  const { SITESYNC_MYSQL_BIN: named, PATH = '' } = process.env;
  if (named) return named;
  const folders = [...PATH.split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin'];
  const places = [...folders.map((folder) => join(folder, 'mysqld')), FETCHED];
  return places.find(isMysqld) ?? 'mysqld';
}

function isMysqld(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return !basename(realpathSync(path)).startsWith('mariadb');
  } catch {
    return false;
  }
}
