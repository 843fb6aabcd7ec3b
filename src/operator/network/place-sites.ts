import { sshFiles } from '../../pki/keys.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { applySite, deleteUnwanted, isTerminating } from '../apply/apply-objects.ts';
import { forEach } from '../apply/for-each.ts';
import type { RemoteSite } from '../clusters/place-remote.ts';
import { CERTIFICATE } from '../keys/tls.ts';
import { KubeError } from '../kube/error.ts';
import { type KubeObject, keyOf } from '../kube/object.ts';
import { objectName } from '../objects/json.ts';
import { digest, readMarks } from '../objects/marks.ts';
import type { Failure } from '../status/conditions.ts';
import { podFacts } from '../status/pod.ts';
import type { RolloutWaiting } from '../status/rollout.ts';
import { bundlesOfNeighbours, type ExternalBundle } from './bundles.ts';
import type { Context } from './context.ts';
import type { Inventory } from './inventory.ts';
import { objectsOfSite } from './objects-of-site.ts';
import { type RemotePlacement, stillInAnotherCluster } from './remote-placement.ts';
import { type DeployedSite, type RolloutStep, rolloutSteps, stepped } from './rollout.ts';
import type { RolloutLimits } from './rollout-decision.ts';
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
  /** Of roll-outs. */
  limits: RolloutLimits;
}

/**
 * Applies the objects of all sites; returns failures by site. For sites in other clusters this applies the keys only: what
 * other sites are given must not depend on whether those clusters respond.
 */
export async function placeSites(
  network: string,
  context: Context,
  placing: Placing,
): Promise<{ errors: Map<string, Failure>; remote: RemoteSite[]; waiting: Map<string, RolloutWaiting> }> {
  const { plans, objects, remotePlacement } = placing;
  const errors = new Map<string, Failure>();
  const remote: RemoteSite[] = [];
  const wanted = new Set<string>();
  const fail = (site: string, error: unknown) => {
    if (isTerminating(error)) throw error;
    const { message } = error as Error;
    errors.set(site, { reason: error instanceof KubeError ? reasonWord(error) : 'ApplyFailed', message });
    context.log.error({ network, site, err: error }, 'the objects of a site could not be applied');
  };
  const owners = new Map(objects.filter(({ kind }) => kind === 'Site').map((site) => [site.metadata.name, site]));
  const sites = plans.flatMap((plan) => {
    const isRemote = remotePlacement.sites.has(plan.site);
    const before = isRemote ? undefined : stillInAnotherCluster(plan.site, remotePlacement.records, undefined);
    if (before) remotePlacement.moving.set(plan.site, before);
    if (before) return [];
    try {
      return [objectsOf(network, context, placing, plan, owners.get(plan.site)!)];
    } catch (error) {
      fail(plan.site, error);
      return [];
    }
  });
  const steps = stepsOf(network, context, placing, sites);
  await forEach(sites, async ({ plan, owner, from: inputs, make: makeAll, isRemote, marks }) => {
    try {
      const name = `${network}/${plan.site}`;
      const step = steps.get(plan.site);
      const from = [...inputs, step && JSON.stringify('take' in step ? step.take : readMarks(step.keep))];
      const make = (live?: KubeObject) =>
        makeAll().map((one) => (marks && one.kind === 'StatefulSet' ? stepped(one, step, marks, live) : one));
      if (isRemote) remote.push({ site: plan.site, owner, from, make });
      const same = context.appliedSites.unchanged(name, from);
      for (const key of same ?? []) wanted.add(key);
      if (same) return;
      const objects = make().filter(({ kind }) => !isRemote || kind === 'Secret');
      for (const object of objects) wanted.add(keyOf(object));
      await applySite(context, objects, owner);
      context.appliedSites.note(name, from, objects);
    } catch (error) {
      fail(plan.site, error);
    }
  });
  const isSound = (site: string) =>
    !errors.has(site) && (remotePlacement.sites.has(site) || !remotePlacement.moving.has(site));
  const sound = plans.filter(({ site }) => isSound(site)).map(({ site }) => site);
  await deleteUnwanted(context, network, wanted, new Set(sound));
  const waiting = [...steps].flatMap(([site, step]) => ('keep' in step ? [[site, step.waiting] as const] : []));
  return { errors, remote, waiting: new Map(waiting) };
}

/** What the objects of a site are made from, compared by identity. Throws when it has no keys. */
function objectsOf(
  network: string,
  context: Context,
  { inventory, credentials, externals, remotePlacement, objects }: Placing,
  plan: SitePlan,
  owner: KubeObject,
) {
  const isRemote = remotePlacement.sites.has(plan.site);
  const keys = credentials.get(plan.site)!;
  checkKeys(keys);
  const neighbours = bundlesOfNeighbours(plan, externals);
  const bundle = externals.get(plan.site)?.text;
  const routes = context.caches.serves('HTTPRoute');
  const claim = context.caches.of('PersistentVolumeClaim').get(network, objectName(plan.site, 'files'));
  // Claims in other clusters keep the name that they always had.
  const bound = isRemote ? objectName(network, plan.site, 'files') : claim?.spec;
  const volumeName = typeof bound === 'string' ? bound : (bound as { volumeName?: string } | undefined)?.volumeName;
  const from: unknown[] = [
    inventory.mark,
    owner.metadata.uid,
    keys.mark,
    keys.tls[CERTIFICATE],
    JSON.stringify(neighbours),
    bundle,
    routes,
    volumeName,
  ];
  const outside = { ...neighbours, ...(bundle !== undefined && { bundle }), volumeName };
  // Which optional kinds another cluster serves is not checked.
  const known = isRemote ? { ...context, caches: { serves: () => false } } : context;
  const make = () => objectsOfSite(plan, inventory.resources, owner, keys, outside, known);
  const written = () => {
    const hub = objects.find(({ kind, metadata }) => kind === 'Hub' && metadata.name === plan.site);
    const { spec } = inventory.resources.sites.find(({ metadata }) => metadata.name === plan.site)!;
    const parts = [spec.pod, spec.placement, spec.storage, spec.page, plan.role, plan.ports, plan.listen];
    return `${owner.metadata.generation}/${hub?.metadata.generation ?? 0} ${digest(parts)}`;
  };
  const marks = context.rollouts.marksOf(`${network}/${plan.site}`, from, make, written);
  return { plan, owner, from, make, isRemote, marks };
}

/** How the StatefulSets that exist are applied; a new one is simply created. */
function stepsOf(
  network: string,
  context: Context,
  { remotePlacement, limits }: Placing,
  sites: ReturnType<typeof objectsOf>[],
): Map<string, RolloutStep> {
  const statuses = context.rollouts.last(network);
  const deployed = sites.flatMap(({ plan: { site: name, role }, marks: wanted }): DeployedSite[] => {
    const away = remotePlacement.sites.get(name);
    const live = away
      ? away.observed.live('apps/v1', 'StatefulSet', name)
      : context.caches.of('StatefulSet').get(network, name);
    if (!live || !wanted) return [];
    const pod = away ? away.observed.pod(name) : podFacts(live, context.caches.of('Pod').get(network, `${name}-0`));
    return [{ name, role, wanted, live, pod, status: statuses?.get(name) }];
  });
  return rolloutSteps(deployed, limits, context.now());
}

/** The reason of a condition must be one CamelCase word. */
const reasonWord = ({ reason, code }: KubeError) => (/^[A-Za-z]+$/.test(reason) ? reason : `Http${code}`);
