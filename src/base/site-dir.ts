import { join } from 'node:path';

/**
 * Where one site keeps its things. The local runner uses DIR/sites/SITE; a pod mounts volumes at the same places.
 * One place for every path, so that no two modules disagree.
 */
export function siteDir(root: string) {
  return {
    root,
    plan: join(root, 'plan.json'),
    /** Passwords and tokens, mode 0600: {@link SiteSecrets}. */
    secrets: join(root, 'secrets.json'),
    logs: join(root, 'logs'),
    folder: (name: string) => join(root, 'folders', name),
    mysql: { data: join(root, 'mysql'), config: join(root, 'mysql.cnf'), init: join(root, 'mysql-init.sql') },
    rsync: { config: join(root, 'rsyncd.conf'), secrets: join(root, 'rsyncd.secrets') },
    ssh: join(root, 'ssh'),
    /** State of the links as the link process sees it: {@link LinkState}[] as JSON, replaced atomically on change. */
    linkState: join(root, 'link.json'),
  };
}

export type SiteDir = ReturnType<typeof siteDir>;

/** Secrets of one site. Made once by the local runner or the operator; never in argv, logs or rows. */
export interface SiteSecrets {
  /** The agent's password at its own database. */
  agentPassword: string;
  /** Bearer token of the agent's API. */
  apiToken: string;
  /** Per neighbour: what that neighbour uses to log in to my database (replication) and my rsync daemon. */
  inbound: Record<string, { mysqlPassword: string; rsyncPassword: string }>;
  /** Per neighbour: what I use at its database and rsync daemon. User names: `repl_<me>` and `<me>`. */
  outbound: Record<string, { mysqlPassword: string; rsyncPassword: string }>;
}

/** What the link process knows of one of its links; an entry per peer that this site dials. */
export interface LinkState {
  peer: string;
  state: 'connecting' | 'connected' | 'standby';
  /** Unix ms of the last change of `state`. */
  since: number;
  error?: string;
}
