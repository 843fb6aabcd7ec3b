import { createHash } from 'node:crypto';

/**
 * The names under which a site logs in at a neighbour. They include a mark of the password, so that each password is a
 * login of its own: both can be valid for a while, and an open connection shows by its name whether it must be replaced.
 */
export const replicationUser = (site: string, password: string) =>
  // User names in MySQL have at most 32 characters.
  `repl_${site.replaceAll('-', '_').slice(0, 20)}_${mark(site, password)}`;

export const rsyncUser = (site: string, password: string) => `${site}.${mark(site, password)}`;

/** For rsyncd's list of users: matches every name that {@link rsyncUser} makes for this site. Site names contain no dot. */
export const rsyncUsers = (site: string) => `${site}.*`;

const mark = (site: string, password: string) =>
  createHash('sha256').update(`${site}\0${password}`).digest('hex').slice(0, 6);
