import type { NetworkReport } from '../../api/network-report.ts';
import { applyObject } from '../apply/apply-objects.ts';
import { phaseOf } from '../keys/authority.ts';
import type { Files } from '../keys/scratch.ts';
import { filesOf } from '../kube/secret.ts';
import { MADE_FROM_OTHERS } from '../objects/files.ts';
import { objectName } from '../objects/json.ts';
import { AUTHORITY, type Authorities, authoritiesOf, TLS_AUTHORITY } from './authorities.ts';
import type { Context } from './context.ts';
import type { Inventory } from './inventory.ts';
import { readObject } from './read-object.ts';
import { advance, KEYS, type Rotations, readRotations, rotationsObject } from './rotations.ts';
import type { SiteCredentials } from './site-credentials.ts';

interface Keys {
  rotations: Rotations;
  authorities: Authorities;
  credentials: Map<string, SiteCredentials>;
  /** By site: what its Secret holds. */
  before: Map<string, Files>;
}

/** The keys and passwords that all sites should have now. */
export async function loadKeys(network: string, context: Context, { plan, resources }: Inventory): Promise<Keys> {
  const now = context.now();
  const secrets = {
    ssh: await readObject(context, 'Secret', network, AUTHORITY),
    tls: await readObject(context, 'Secret', network, TLS_AUTHORITY),
  };
  const written = await readObject(context, 'ConfigMap', network, KEYS);
  const rotations = readRotations(written, phaseOf(filesOf(secrets.ssh)), now);
  const { phase } = rotations.authority;
  const authorities = await authoritiesOf({ network, secrets, phase, days: context.keyPolicy.authorityDays, now });
  const before = new Map<string, Files>();
  const uids = new Map<string, string | undefined>();
  for (const { site } of plan.sites) {
    const secret = await readObject(context, 'Secret', network, objectName(site, 'keys'));
    before.set(site, filesOf(secret, MADE_FROM_OTHERS));
    uids.set(site, secret?.metadata.uid);
  }
  const supplied = await context.supplied.read(network, resources.sites);
  const input = { authorities, rotation: rotations.passwords, present: before, uids, supplied };
  return { rotations, authorities, credentials: await context.credentials.complete(plan.sites, input), before };
}

/** Advances a rotation once all sites have caught up, and exports the age of keys and passwords. */
export async function rotateKeys(
  network: string,
  context: Context,
  { rotations, authorities, credentials, report }: Omit<Keys, 'before'> & { report: NetworkReport | undefined },
): Promise<void> {
  const followed = new Map(report?.sites.map(({ name, connected, summary }) => [name, connected && summary.keys]));
  const waitsFor = [...credentials].filter(([site, { mark }]) => followed.get(site) !== mark).map(([site]) => site);
  const facts = {
    configMap: await readObject(context, 'ConfigMap', network, KEYS),
    policy: context.keyPolicy,
    waitsFor: waitsFor.sort(),
    supplied: authorities.supplied.ssh,
    now: context.now(),
  };
  const next = advance(rotations, facts);
  await applyObject(context, rotationsObject(network, next, facts));
  const expiries = new Map([...credentials].map(([site, keys]) => [site, keys.expiries]));
  context.keyMetrics.show(network, { expiries, report, rotations: { ...next } });
}
