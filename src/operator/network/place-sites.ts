import { sshFiles } from '../../pki/keys.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { applySite, deleteUnwanted, isTerminating } from '../apply/apply-objects.ts';
import { forEach } from '../apply/for-each.ts';
import type { RemoteSite } from '../clusters/place-remote.ts';
import { CERTIFICATE } from '../keys/tls.ts';
import { KubeError } from '../kube/error.ts';
import { type KubeObject, keyOf } from '../kube/object.ts';
import type { Failure } from '../status/conditions.ts';
import { bundlesOfNeighbours, type ExternalBundle } from './bundles.ts';
import type { Context } from './context.ts';
import type { Inventory } from './inventory.ts';
import { objectsOfSite } from './objects-of-site.ts';
import { type RemotePlacement, stillInAnotherCluster } from './remote-placement.ts';
import type { SiteCredentials } from './site-credentials.ts';

/** A site cannot start without keys. */
function checkKeys({ keys, failure }: SiteCredentials): void {
  if (failure && keys[sshFiles('').userKey] === undefined) throw new Error(failure.message);
}

interface Placing {
  plans: SitePlan[];
  inventory: Inventory;
  objects: KubeObject[];
  credentials: Map<string, SiteCredentials>;
  externals: Map<string, ExternalBundle>;
  remotePlacement: RemotePlacement;
}

/**
 * Applies the objects of all sites; returns failures by site. For sites in other clusters this applies the keys only: what
 * other sites are given must not depend on whether those clusters respond.
 */
export async function placeSites(
  network: string,
  context: Context,
  placing: Placing,
): Promise<{ errors: Map<string, Failure>; remote: RemoteSite[] }> {
  const { plans, inventory, objects, credentials, externals, remotePlacement } = placing;
  const errors = new Map<string, Failure>();
  const remote: RemoteSite[] = [];
  const owners = new Map(objects.filter(({ kind }) => kind === 'Site').map((site) => [site.metadata.name, site]));
  const wanted = new Set<string>();
  await forEach(plans, async (plan) => {
    const owner = owners.get(plan.site)!;
    try {
      const isRemote = remotePlacement.sites.has(plan.site);
      const before = isRemote ? undefined : stillInAnotherCluster(plan.site, remotePlacement.records, undefined);
      if (before) {
        remotePlacement.moving.set(plan.site, before);
        return;
      }
      const keys = credentials.get(plan.site)!;
      checkKeys(keys);
      const name = `${network}/${plan.site}`;
      const neighbours = bundlesOfNeighbours(plan, externals);
      const bundle = externals.get(plan.site)?.text;
      const neighboursText = JSON.stringify(neighbours);
      const routes = context.caches.serves('HTTPRoute');
      const from = [
        inventory.mark,
        owner.metadata.uid,
        keys.mark,
        keys.tls[CERTIFICATE],
        neighboursText,
        bundle,
        routes,
      ];
      const outside = { ...neighbours, ...(bundle !== undefined && { bundle }) };
      // Which optional kinds another cluster serves is not checked.
      const known = isRemote ? { ...context, caches: { serves: () => false } } : context;
      const make = () => objectsOfSite(plan, inventory.resources, owner, keys, outside, known);
      if (isRemote) remote.push({ site: plan.site, owner, from, make });
      const same = context.appliedSites.unchanged(name, from);
      for (const key of same ?? []) wanted.add(key);
      if (same) return;
      const objects = make().filter(({ kind }) => !isRemote || kind === 'Secret');
      for (const object of objects) wanted.add(keyOf(object));
      await applySite(context, objects, owner);
      context.appliedSites.note(name, from, objects);
    } catch (error) {
      if (isTerminating(error)) throw error;
      const { message } = error as Error;
      errors.set(plan.site, { reason: error instanceof KubeError ? reasonWord(error) : 'ApplyFailed', message });
      context.log.error({ network, site: plan.site, err: error }, 'the objects of a site could not be applied');
    }
  });
  const isSound = (site: string) =>
    !errors.has(site) && (remotePlacement.sites.has(site) || !remotePlacement.moving.has(site));
  const sound = plans.filter(({ site }) => isSound(site)).map(({ site }) => site);
  await deleteUnwanted(context, network, wanted, new Set(sound));
  return { errors, remote };
}

/** The reason of a condition must be one CamelCase word. */
const reasonWord = ({ reason, code }: KubeError) => (/^[A-Za-z]+$/.test(reason) ? reason : `Http${code}`);
