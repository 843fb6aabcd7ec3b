import { z } from 'zod';
import type { SiteSecrets } from '../../base/site-dir.ts';
import { completeSecrets, newPassword } from '../../topology/secrets.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Files } from '../keys/scratch.ts';
import { sshAuthority, sshKeys } from '../keys/ssh.ts';
import { tlsAuthority, tlsKeys } from '../keys/tls.ts';
import type { KubeObject } from '../kube/object.ts';

/** What a site needs that nobody else may know. */
export interface Material {
  secrets: SiteSecrets;
  keys: Files;
  tls: Files;
  /** Unix ms: when the first of its certificates expires. */
  validUntil: number;
}

/** The network's certificate authorities: for the links, and for HTTPS. */
export interface Authority {
  ssh: Files;
  tls: Files;
}

const CERTIFICATE_DAYS = 90;
/** Certificates that are present and unchanged are looked at again after so many ms. */
const LOOK_MS = 3_600_000;

/** The data of a Secret as text. */
export function filesOf(secret: KubeObject | undefined): Files {
  const data = (secret?.data ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([name, text]) => [name, Buffer.from(text, 'base64').toString('utf8')]),
  );
}

/** The authorities that a Secret holds, completed. */
export async function completeAuthority(present: Files, network: string, now: number): Promise<Authority> {
  const { ca, 'ca.pub': capub, 'tls.crt': crt, 'tls.key': key } = present;
  return {
    ssh: await sshAuthority({ ...(ca !== undefined && { ca }), ...(capub !== undefined && { 'ca.pub': capub }) }),
    tls: await tlsAuthority(
      { ...(crt !== undefined && { 'tls.crt': crt }), ...(key !== undefined && { 'tls.key': key }) },
      network,
      now,
    ),
  };
}

export interface MaterialStore {
  /** What every site needs, by name: what its Secret holds stays as far as it is right. */
  complete(plans: SitePlan[], authority: Authority, present: Map<string, Files>): Promise<Map<string, Material>>;
}

/** Remembers what it has looked at, so that a network at rest starts no programs. */
export function createMaterialStore(now: () => number): MaterialStore {
  const looked = new Map<string, { of: string; at: number; material: Pick<Material, 'keys' | 'tls' | 'validUntil'> }>();

  async function keysFor(plan: SitePlan, authority: Authority, present: Files) {
    const name = `${plan.network}/${plan.site}`;
    const { 'secrets.json': _passwords, 'mysql-init.sql': _sql, 'rsyncd.secrets': _rsync, ...files } = present;
    const of = JSON.stringify([plan.role, authority.ssh['ca.pub'], authority.tls['tls.crt'], files]);
    const known = looked.get(name);
    if (known?.of === of && now() - known.at < LOOK_MS) return known.material;
    const { 'tls.crt': crt, 'tls.key': key, ...links } = files;
    const ssh = await sshKeys(authority.ssh, plan, links, CERTIFICATE_DAYS);
    const names = [`${plan.site}.${plan.network}.svc`, plan.site];
    const given: Files = { ...(crt !== undefined && { 'tls.crt': crt }), ...(key !== undefined && { 'tls.key': key }) };
    const tls = await tlsKeys(authority.tls, names, given, CERTIFICATE_DAYS, now());
    const material = {
      keys: ssh.files,
      tls: tls.files,
      validUntil: Math.min(ssh.validUntil, tls.validUntil),
    };
    looked.set(name, { of, at: now(), material });
    return material;
  }

  return {
    async complete(plans, authority, present) {
      const known = new Map<string, SiteSecrets>();
      for (const [site, files] of present) {
        const secrets = parseSecrets(files['secrets.json']);
        if (secrets) known.set(site, secrets);
      }
      const complete = completeSecrets(plans, known);
      const result = new Map<string, Material>();
      for (const plan of plans) {
        const secrets = complete.get(plan.site)!;
        const operatorToken = known.get(plan.site)?.operatorToken ?? newPassword();
        const keys = await keysFor(plan, authority, present.get(plan.site) ?? {});
        result.set(plan.site, { secrets: { ...secrets, operatorToken }, ...keys });
      }
      return result;
    },
  };
}

const Passwords = z.record(
  z.string(),
  z.object({ mysqlPassword: z.string().min(16), rsyncPassword: z.string().min(16) }),
);
const Secrets = z.object({
  agentPassword: z.string().min(16),
  apiToken: z.string().min(16),
  operatorToken: z.string().min(16),
  inbound: Passwords,
  outbound: Passwords,
});

/** Undefined when somebody has spoilt them: then new ones are made. */
function parseSecrets(text: string | undefined): SiteSecrets | undefined {
  if (text === undefined) return undefined;
  try {
    return Secrets.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
