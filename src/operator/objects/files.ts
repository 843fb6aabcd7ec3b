import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { authorizedPrincipals, sshdConfig } from '../../agent/link/sshd.ts';
import { rsyncdConfig, rsyncdSecrets } from '../../agent/transfer/rsyncd.ts';
import { siteDir } from '../../base/site-dir.ts';
import { engines } from '../../database/engines.ts';
import { sshFiles } from '../../pki/keys.ts';
import { POD_ROOT, POD_USER } from '../../topology/pods.ts';
import { ownPlan } from '../../topology/roster.ts';
import { secretsText } from '../../topology/secrets.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { KubeObject } from '../kube/object.ts';
import type { ContainerName, SiteInput } from './input.ts';
import { metadataOf } from './labels.ts';

/** The user of all containers. The SiteSync image knows it by name; the database image learns the name from {@link PASSWD}. */
export const USER = { name: POD_USER, id: 10_001 };

/** Key of the passwd file for database containers: login through the socket is by user name. */
export const PASSWD = 'passwd';

export const dir = siteDir(POD_ROOT);
const ssh = sshFiles(dir.keys);

/** The site's files below config/. Nothing secret. */
export function configMap(input: SiteInput): KubeObject {
  const { plan } = input;
  const user = { user: USER.name, root: false };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(input, 'config'),
    data: {
      [basename(dir.plan)]: `${JSON.stringify(ownPlan(plan), null, 2)}\n`,
      [basename(dir.mysql.config)]: engines[plan.engine].config(plan, dir),
      [basename(dir.rsync.config)]: rsyncdConfig(plan, dir, false),
      [PASSWD]: `root:x:0:0::/:/sbin/nologin\n${USER.name}:x:${USER.id}:${USER.id}::/tmp:/sbin/nologin\n`,
      ...(plan.role === 'hub' && {
        [basename(dir.sshd.config)]: sshdConfig(plan, dir, user),
        [basename(dir.sshd.principals)]: authorizedPrincipals(plan, input.principals),
      }),
    },
  };
}

/** The files below config/ that all sites share. */
export const ROSTER_FILES = [dir.roster, dir.mysql.schemas, dir.mysql.template].map((path) => basename(path));

/** Derived from the rest of the file; large, and never read back from a site's ConfigMap or Secret. */
export const MADE_FROM_OTHERS = [dir.plan, dir.mysql.init, dir.rsync.secrets].map((path) => basename(path));

/** The files below secrets/ that each container sees: only what it reads. */
const SEEN: Record<ContainerName, string[]> = {
  mysql: [dir.mysql.init],
  rsyncd: [dir.rsync.secrets],
  link: [ssh.userKey, ssh.userCertificate, ssh.knownHosts],
  sshd: [ssh.hostKey, ssh.hostCertificate, ssh.ca],
  agent: [dir.secrets, dir.tls.certificate, dir.tls.key, ssh.userCertificate, ssh.ca],
};

/** Items of a container's secret volume: key, and path below the volume. */
export function secretItems(container: ContainerName, role: SitePlan['role']): { key: string; path: string }[] {
  // The agent reports when the first certificate expires.
  const seen = container === 'agent' && role === 'hub' ? [...SEEN.agent, ssh.hostCertificate] : SEEN[container];
  return seen.map((path) => ({ key: basename(path), path: path.slice(dir.keys.length + 1) }));
}

/** Throws when a key or certificate is missing that one of the site's containers reads. */
export function secret(input: SiteInput): KubeObject {
  const { plan, secrets } = input;
  const given: Record<string, string> = { ...input.keys, ...input.tls };
  const read = [...SEEN.link, ssh.ca, ...(plan.role === 'hub' ? SEEN.sshd : []), dir.tls.certificate, dir.tls.key];
  const names = [...new Set(read.map((path) => basename(path)))];
  for (const name of names) if (!given[name]) throw new Error(`the keys of ${plan.site} have no ${name}`);
  const files: Record<string, string> = {
    ...Object.fromEntries(names.map((name) => [name, given[name]!])),
    [basename(dir.secrets)]: secretsText(secrets),
    [basename(dir.mysql.init)]: engines[plan.engine].initSql(plan, secrets),
    [basename(dir.rsync.secrets)]: rsyncdSecrets(secrets),
  };
  const data = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: metadataOf(input, 'keys'), type: 'Opaque', data };
}

/**
 * Changes when the pod must restart, so it covers only what a process reads at its start. Running processes follow a new
 * neighbour, folder or certificate, which therefore changes nothing here; for a new password of its own, only the agent
 * restarts.
 */
export function restartChecksum({ plan }: SiteInput): string {
  const read = [plan.role, plan.ports, plan.expose, plan.page, engines[plan.engine].config(plan, dir)];
  return createHash('sha256').update(JSON.stringify(read)).digest('hex');
}
