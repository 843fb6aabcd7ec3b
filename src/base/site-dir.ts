import { join } from 'node:path';

/**
 * Where one site keeps its things. The local runner uses DIR/sites/SITE; a pod mounts a volume at each folder of the root.
 * `config` and `secrets` are written by who provisions the site, never by the site: in a pod they are read-only.
 * One place for every path, so that no two modules disagree.
 */
export function siteDir(root: string) {
  const config = join(root, 'config');
  const secrets = join(root, 'secrets');
  const state = join(root, 'state');
  const run = join(root, 'run');
  return {
    root,
    config,
    keys: secrets,
    state,
    /** What lasts as long as the processes: locks, the state of the links. */
    run,
    logs: join(root, 'logs'),
    folders: join(root, 'folders'),
    folder: (name: string) => join(root, 'folders', name),
    plan: join(config, 'plan.json'),
    /** Passwords and tokens, mode 0600: {@link SiteSecrets}. */
    secrets: join(secrets, 'secrets.json'),
    mysql: { data: join(state, 'mysql'), config: join(config, 'mysql.cnf'), init: join(secrets, 'mysql-init.sql') },
    rsync: {
      config: join(config, 'rsyncd.conf'),
      secrets: join(secrets, 'rsyncd.secrets'),
      lock: join(run, 'rsyncd.lock'),
    },
    sshd: { config: join(config, 'sshd_config'), principals: join(config, 'authorized_principals') },
    tls: { certificate: join(secrets, 'tls', 'tls.crt'), key: join(secrets, 'tls', 'tls.key') },
    /** State of the links as the link process sees it: {@link LinkState}[] as JSON, replaced atomically on change. */
    linkState: join(run, 'link.json'),
  };
}

export type SiteDir = ReturnType<typeof siteDir>;

/** Secrets of one site. Made once by the local runner or the operator; never in argv, logs or rows. */
export interface SiteSecrets {
  /** The agent's password at its own database. */
  agentPassword: string;
  /** Bearer token of the agent's API. */
  apiToken: string;
  /** Bearer token of what the agent shows outside of its loopback; absent where it shows nothing. */
  operatorToken?: string;
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
