import { join } from 'node:path';

/**
 * Where one site keeps its files. The local runner uses DIR/sites/SITE; a pod mounts a volume at each directory of the
 * root. `config` and `secrets` are written by the provisioner, never by the site: in a pod they are read-only. Every path
 * is defined here, so that no two modules disagree.
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
      /** In a pod: the schema names of all sites, and the SQL that creates one. */
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
      /** Touched as long as the hub's sshd answers. */
      pulse: join(run, 'sshd.pulse'),
    },
    /** At a hub in a pod: the sealed bundle of each external neighbour by name, in the latest version of a mounted Secret. */
    bundles: { mount: join(root, 'bundles'), files: join(root, 'bundles', '..data') },
    /** Exists while another machine acts as this site: names the neighbour that reported it. */
    cloned: join(state, 'cloned'),
    /**
     * Distinguishes this machine from another that joined as the same site; exists only on machines that joined with a
     * bundle.
     */
    instance: join(config, 'instance'),
    tls: { certificate: join(secrets, 'tls', 'tls.crt'), key: join(secrets, 'tls', 'tls.key') },
    /** Of the page: its users, and its certificate where it is exposed. */
    page: {
      /** Sessions, shares, and a self-signed certificate. */
      state: join(state, 'page'),
      users: join(secrets, 'users.yaml'),
      /** OpenID Connect settings, unless the Site has them, and their secret. */
      oidc: join(secrets, 'oidc.yaml'),
      oidcSecret: join(secrets, 'oidc', 'client-secret'),
      oidcAuthority: join(secrets, 'oidc', 'ca.crt'),
      certificate: join(secrets, 'page-tls', 'tls.crt'),
      key: join(secrets, 'page-tls', 'tls.key'),
    },
    /** State of the links as the link process sees it: {@link LinkState}[] as JSON, replaced atomically when it changes. */
    linkState: join(run, 'link.json'),
  };
}

export type SiteDir = ReturnType<typeof siteDir>;

/** What one neighbour uses to log in to the database and rsync daemon of another; the user names are in login-name.ts. */
export interface LinkPasswords {
  mysqlPassword: string;
  rsyncPassword: string;
  /** Unix ms: start of the rotation that made them; absent when they were made together with the link. */
  since?: number;
}

/** Secrets of one site. Made by the local runner or the operator; never in argv, logs or rows. */
export interface SiteSecrets {
  /** The agent's password at its own database. */
  agentPassword: string;
  /** Bearer token of the agent's API. */
  apiToken: string;
  /** Bearer token of the API that the agent exposes outside of its loopback; absent where it exposes none. */
  operatorToken?: string;
  /** Also accepted while tokens are rotated. */
  alsoOperatorToken?: string;
  /** Unix ms, as for {@link LinkPasswords}: of the three above. */
  since?: number;
  /** By neighbour: what it uses to log in to my database (replication) and my rsync daemon. */
  inbound: Record<string, LinkPasswords>;
  /** Also accepted while passwords are rotated: the next or the previous ones. */
  alsoInbound?: Record<string, LinkPasswords>;
  /** By neighbour: what I use to log in to its database and rsync daemon. */
  outbound: Record<string, LinkPasswords>;
}

/** All accepted passwords by neighbour: two per neighbour while they are rotated. */
export function acceptedPasswords({ inbound, alsoInbound = {} }: SiteSecrets): [peer: string, LinkPasswords][] {
  return [...Object.entries(inbound), ...Object.entries(alsoInbound)];
}

/** What the link process knows about one of its links; one entry per peer that this site dials. */
export interface LinkState {
  peer: string;
  state: 'connecting' | 'connected' | 'standby';
  /** Unix ms of the last change of `state`. */
  since: number;
  /** Why it is not connected, or what does not work while it is: a problem of problems/catalogue.ts. */
  problem?: { code: string; params: Readonly<Record<string, string | number>> };
  /** The same in words. */
  error?: string;
}
