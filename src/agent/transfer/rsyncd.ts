import { rsyncUser, rsyncUsers } from '../../base/login-name.ts';
import { acceptedPasswords, type SiteDir, type SiteSecrets } from '../../base/site-dir.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { folderRoot } from '../fs/folder.ts';

/**
 * Configuration of a site's rsync daemon: one read-only module per folder, for its neighbours only, each with its own
 * password. Pure: an unchanged plan never restarts the daemon. `root`: whether the daemon runs as root. Throws when a path
 * cannot be written in rsyncd.conf.
 */
export function rsyncdConfig(plan: SitePlan, dir: SiteDir, root: boolean): string {
  const neighbours = plan.links.map((link) => link.peer).sort();
  const lines = [
    'address = 127.0.0.1',
    `port = ${plan.ports.rsync}`,
    // Its log goes where its output goes: a file of the local runner, the log of a container.
    'log file = /dev/stdout',
    `lock file = ${value(dir.rsync.lock)}`,
    'reverse lookup = no',
    '',
    '# Globals of the modules.',
    'read only = yes',
    'list = no',
    // Only regular files are requested; rsync 3.5 and newer follows no symlink on the way to them (docs/operations.md).
    'use chroot = no',
    'numeric ids = yes',
    // A root daemon would read as "nobody" otherwise. An ordinary user's daemon cannot set ids at all.
    ...(root ? ['uid = 0', 'gid = 0'] : []),
    'hosts allow = 127.0.0.1',
    `secrets file = ${value(dir.rsync.secrets)}`,
    'timeout = 60',
    `max connections = ${16 + 8 * neighbours.length}`,
    'refuse options = checksum copy-links copy-unsafe-links copy-dirlinks remove-source-files delete*',
  ];
  for (const folder of plan.folders) {
    lines.push('', `[${folder.name}]`, `path = ${value(folderRoot(folder, dir))}`);
    lines.push(`auth users = ${neighbours.length > 0 ? neighbours.map(rsyncUsers).join(' ') : '@nobody:deny'}`);
  }
  for (const { peer } of plan.links.filter(({ kind, bundle }) => kind === 'downlink' && bundle)) {
    lines.push('', `[${bundleModule(peer)}]`, `path = ${value(dir.bundles.files)}`, `auth users = ${rsyncUsers(peer)}`);
    lines.push(`include = /${peer}`, 'exclude = *');
  }
  return `${lines.join('\n')}\n`;
}

/** The module with the bundle of an external site, from which it gets updates; contains a dot, which folder names do not. */
export const bundleModule = (site: string) => `bundle.${site}`;

/** The daemon's password file: one `user:password` per line. Must be written with mode 0600. */
export function rsyncdSecrets(secrets: SiteSecrets): string {
  const lines = acceptedPasswords(secrets)
    .map(([peer, { rsyncPassword }]) => `${rsyncUser(peer, rsyncPassword)}:${rsyncPassword}`)
    .sort();
  return `${lines.join('\n')}\n`;
}

/** argv of the daemon in the foreground. */
export function rsyncdCommand(dir: SiteDir): string[] {
  return ['rsync', '--daemon', '--no-detach', `--config=${dir.rsync.config}`];
}

/** rsyncd.conf has no quoting: a value ends with its line, `%VAR%` is expanded, and surrounding blanks are dropped. */
function value(path: string): string {
  if (/[\n\r%]|^\s|\s$|\\$/.test(path)) {
    throw new Error(
      `the path ${JSON.stringify(path)} cannot be served by rsync: it has a line break, a "%", or a blank at its end`,
    );
  }
  return path;
}
