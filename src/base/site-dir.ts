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
    /** What all sites of the network share of their plans. */
    roster: join(config, 'roll.json'),
    /** Passwords and tokens, mode 0600: {@link SiteSecrets}. */
    secrets: join(secrets, 'secrets.json'),
    mysql: {
      data: join(state, 'mysql'),
      config: join(config, 'mysql.cnf'),
      init: join(secrets, 'mysql-init.sql'),
      /** In a pod: names of the schemas of all sites, and the SQL that makes one. */
      schemas: join(config, 'schemas'),
      template: join(config, 'schema.sql'),
    },
    rsync: {
      config: join(config, 'rsyncd.conf'),
      secrets: join(secrets, 'rsyncd.secrets'),
      lock: join(run, 'rsyncd.lock'),
    },
    sshd: {
      config: join(config, 'sshd_config'),
      principals: join(config, 'authorized_principals'),
      /** Its time is new as long as the hub's sshd answers. */
      pulse: join(run, 'sshd.pulse'),
    },
    /** At a hub in a pod: the sealed bundle of each external neighbour, by its name, in the newest state of a mounted Secret. */
    bundles: { mount: join(root, 'bundles'), files: join(root, 'bundles', '..data') },
    /** Is there while another machine speaks as this site: which neighbour told. */
    cloned: join(state, 'cloned'),
    /** What tells this machine from another one that joined as the same site; only where it joined with a bundle. */
    instance: join(config, 'instance'),
    tls: { certificate: join(secrets, 'tls', 'tls.crt'), key: join(secrets, 'tls', 'tls.key') },
    /** The page's own: who may sign in, and its certificate where it is open to others. */
    page: {
      /** Sessions, shares, and a certificate that it made itself. */
      state: join(state, 'page'),
      users: join(secrets, 'users.yaml'),
      /** How people sign in by OpenID Connect, where the Site does not say it; and what is secret of it. */
      oidc: join(secrets, 'oidc.yaml'),
      oidcSecret: join(secrets, 'oidc', 'client-secret'),
      oidcAuthority: join(secrets, 'oidc', 'ca.crt'),
      certificate: join(secrets, 'page-tls', 'tls.crt'),
      key: join(secrets, 'page-tls', 'tls.key'),
    },
    /** State of the links as the link process sees it: {@link LinkState}[] as JSON, replaced atomically on change. */
    linkState: join(run, 'link.json'),
  };
}

export type SiteDir = ReturnType<typeof siteDir>;

/** What one neighbour logs in with at the database and the rsync daemon of another; the names are in login-name.ts. */
export interface LinkPasswords {
  mysqlPassword: string;
  rsyncPassword: string;
  /** Unix ms: beginning of the change of passwords that made them; absent when they were made with the link. */
  since?: number;
}

/** Secrets of one site. Made by the local runner or the operator; never in argv, logs or rows. */
export interface SiteSecrets {
  /** The agent's password at its own database. */
  agentPassword: string;
  /** Bearer token of the agent's API. */
  apiToken: string;
  /** Bearer token of what the agent shows outside of its loopback; absent where it shows nothing. */
  operatorToken?: string;
  /** Accepted as well while tokens are replaced. */
  alsoOperatorToken?: string;
  /** Unix ms: as for {@link LinkPasswords}, of the three above. */
  since?: number;
  /** Per neighbour: what that neighbour uses to log in to my database (replication) and my rsync daemon. */
  inbound: Record<string, LinkPasswords>;
  /** Accepted as well while passwords are replaced: the next ones, or the ones before. */
  alsoInbound?: Record<string, LinkPasswords>;
  /** Per neighbour: what I use at its database and rsync daemon. */
  outbound: Record<string, LinkPasswords>;
}

/** Every neighbour's passwords that are accepted here: of one neighbour two, while they are replaced. */
export function acceptedPasswords({ inbound, alsoInbound = {} }: SiteSecrets): [peer: string, LinkPasswords][] {
  return [...Object.entries(inbound), ...Object.entries(alsoInbound)];
}

/** What the link process knows of one of its links; an entry per peer that this site dials. */
export interface LinkState {
  peer: string;
  state: 'connecting' | 'connected' | 'standby';
  /** Unix ms of the last change of `state`. */
  since: number;
  error?: string;
}
