import { createHash } from 'node:crypto';

/**
 * The names under which a site logs in at a neighbour. A mark of the password is part of them, so that another password is another
 * login: both can be valid for a while, and whoever holds a connection sees by the name that it is to change.
 */
export const replicationUser = (site: string, password: string) =>
  // MySQL's names have at most 32 characters.
  `repl_${site.replaceAll('-', '_').slice(0, 20)}_${mark(site, password)}`;

export const rsyncUser = (site: string, password: string) => `${site}.${mark(site, password)}`;

/** For rsyncd's list of users: every name that {@link rsyncUser} makes for this site. No site's name has a dot. */
export const rsyncUsers = (site: string) => `${site}.*`;

const mark = (site: string, password: string) =>
  createHash('sha256').update(`${site}\0${password}`).digest('hex').slice(0, 6);
