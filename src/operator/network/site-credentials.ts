import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keysMark } from '../../base/keys-mark.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { Rotation } from '../../topology/rotation.ts';
import { completeSecrets, secretsText } from '../../topology/secrets.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Files } from '../keys/scratch.ts';
import { BUNDLE } from '../objects/external.ts';
import type { Authorities } from './authorities.ts';
import { type SiteKeys, siteKeys } from './site-keys.ts';
import type { SuppliedKeys } from './supplied-secrets.ts';

/** Keys, certificates and passwords of a site. */
export interface SiteCredentials extends SiteKeys {
  secrets: SiteSecrets;
  /** Uid of the Secret from which they were taken over; undefined when there was none. */
  secretUid: string | undefined;
  /** {@link keysMark} of these credentials: a site that reports the same mark uses them. */
  mark: string;
}

/** Certificates that are present and unchanged are checked again after this many milliseconds. */
const RECHECK_MS = 3_600_000;

interface CredentialsInput {
  authorities: Authorities;
  /** Of the passwords. */
  rotation: Rotation;
  /** By site: what its Secret holds, and what users supply. */
  present: Map<string, Files>;
  /** By site: the uid of its Secret. */
  uids: Map<string, string | undefined>;
  supplied: Map<string, SuppliedKeys>;
}

export interface CredentialsCache {
  /** The credentials of every site, by name. What its Secret holds is kept as far as it is valid. */
  complete(plans: SitePlan[], input: CredentialsInput): Promise<Map<string, SiteCredentials>>;
}

/** Caches its checks, so that a network at rest runs no programs. */
export function createCredentialsCache(now: () => number, certificateDays: number): CredentialsCache {
  // Only the last check of each site counts: a deleted Secret differs from what was checked, so the site gets new keys.
  const looked = new Map<string, { of: string; at: number; keys: SiteKeys }>();

  async function keysFor(plan: SitePlan, { authorities, ...input }: CredentialsInput): Promise<SiteKeys> {
    const name = `${plan.network}/${plan.site}`;
    const { 'secrets.json': _passwords, [BUNDLE]: _bundle, ...present } = input.present.get(plan.site) ?? {};
    const supplied = input.supplied.get(plan.site) ?? {};
    const { trust, tlsTrust, failure } = authorities;
    const of = digest([plan.role, plan.external ?? false, trust, tlsTrust, failure, supplied, present]);
    const known = looked.get(name);
    if (known?.of === of && now() - known.at < RECHECK_MS) return known.keys;
    const validity = { days: certificateDays, now: now() };
    const keys = await siteKeys({ plan, authorities, supplied, present, validity });
    looked.set(name, { of, at: now(), keys });
    return keys;
  }

  return {
    async complete(plans, input) {
      const known = new Map<string, SiteSecrets>();
      for (const [site, files] of input.present) {
        const secrets = parseSecrets(files['secrets.json']);
        if (secrets) known.set(site, secrets);
      }
      // A deleted Secret revokes everything issued with it, also what its neighbours know.
      const renewed = new Set(plans.filter((plan) => !known.has(plan.site)).map(({ site }) => site));
      const complete = completeSecrets(plans, known, { rotation: input.rotation, exposed: true, renewed });
      const result = new Map<string, SiteCredentials>();
      for (const plan of plans) {
        const secrets = complete.get(plan.site)!;
        const keys = await keysFor(plan, input);
        const files: Files = { ...keys.keys, 'secrets.json': secretsText(secrets) };
        const secretUid = input.uids.get(plan.site);
        result.set(plan.site, { ...keys, secrets, secretUid, mark: keysMark((name) => files[name]) });
      }
      return result;
    },
  };
}

const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64');

const Since = z.int().min(0).optional();
const Passwords = z.record(
  z.string(),
  z.object({ mysqlPassword: z.string().min(16), rsyncPassword: z.string().min(16), since: Since }),
);
const Secrets = z.object({
  agentPassword: z.string().min(16),
  apiToken: z.string().min(16),
  operatorToken: z.string().min(16),
  alsoOperatorToken: z.string().min(16).optional(),
  since: Since,
  inbound: Passwords,
  alsoInbound: Passwords.optional(),
  outbound: Passwords,
});

/** Undefined when they are missing or corrupt: new ones are made. */
function parseSecrets(text: string | undefined): SiteSecrets | undefined {
  if (text === undefined) return undefined;
  try {
    return Secrets.parse(JSON.parse(text)) as SiteSecrets;
  } catch {
    return undefined;
  }
}
