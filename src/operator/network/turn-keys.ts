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
import type { Material } from './material.ts';
import { present } from './present.ts';
import { advance, KEYS, type Rotations, readRotations, rotationsObject } from './rotations.ts';

interface Keys {
  rotations: Rotations;
  authorities: Authorities;
  material: Map<string, Material>;
  /** By site: what its Secret holds. */
  before: Map<string, Files>;
}

/** The keys and passwords of all sites as they are to be now. */
export async function keysOf(network: string, context: Context, { plan, resources }: Inventory): Promise<Keys> {
  const now = context.now();
  const secrets = {
    ssh: await present(context, 'Secret', network, AUTHORITY),
    tls: await present(context, 'Secret', network, TLS_AUTHORITY),
  };
  const written = await present(context, 'ConfigMap', network, KEYS);
  const rotations = readRotations(written, phaseOf(filesOf(secrets.ssh)), now);
  const { phase } = rotations.authority;
  const authorities = await authoritiesOf({ network, secrets, phase, days: context.keyPolicy.authorityDays, now });
  const before = new Map<string, Files>();
  for (const { site } of plan.sites)
    before.set(site, filesOf(await present(context, 'Secret', network, objectName(site, 'keys')), MADE_FROM_OTHERS));
  const supplies = await context.supplies.read(network, resources.sites);
  const input = { authorities, rotation: rotations.passwords, present: before, supplies };
  return { rotations, authorities, material: await context.materials.complete(plan.sites, input), before };
}

/** Goes on with the replacement of keys and passwords where the sites have followed, and tells how old they are. */
export async function turnKeys(
  network: string,
  context: Context,
  { rotations, authorities, material, report }: Omit<Keys, 'before'> & { report: NetworkReport | undefined },
): Promise<void> {
  const followed = new Map(report?.sites.map(({ name, connected, summary }) => [name, connected && summary.keys]));
  const waitsFor = [...material].filter(([site, { mark }]) => followed.get(site) !== mark).map(([site]) => site);
  const facts = {
    configMap: await present(context, 'ConfigMap', network, KEYS),
    policy: context.keyPolicy,
    waitsFor: waitsFor.sort(),
    supplied: authorities.supplied.ssh,
    now: context.now(),
  };
  const next = advance(rotations, facts);
  await applyObject(context, rotationsObject(network, next, facts));
  const expiries = new Map([...material].map(([site, keys]) => [site, keys.expiries]));
  context.keyMetrics.show(network, { expiries, report, rotations: { ...next } });
}
