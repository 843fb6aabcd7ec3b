import { isTerminating } from '../apply/apply-objects.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Failure } from '../status/conditions.ts';
import type { RolloutWaiting } from '../status/rollout.ts';
import { forwardActions } from './actions.ts';
import { externalSites } from './bundles.ts';
import type { Context } from './context.ts';
import { type CustomObject, takeInventory } from './inventory.ts';
import { placeNetwork } from './place-network.ts';
import { placeSites } from './place-sites.ts';
import { CHECKPOINT, checkpointObject, readCheckpoint } from './plan-checkpoint.ts';
import { restMs } from './poll-interval.ts';
import { readObject } from './read-object.ts';
import { applyRemotePlacement, observeRemotePlacement, podOfSite } from './remote-placement.ts';
import { reportSources } from './report-sources.ts';
import { rolloutLimits } from './rollout.ts';
import { loadKeys, rotateKeys } from './rotate-keys.ts';
import { suspectHubs } from './suspect-hubs.ts';
import { writeStatuses } from './write-status.ts';

/** How often a removal in progress is checked. */
const ENDING_MS = 2000;

/**
 * Reconciles one namespace: plan, keys, objects, status. Idempotent; reads everything anew from the caches. What fails for
 * one site is reported in its status and delays no other.
 */
export async function reconcileNetwork(network: string, context: Context): Promise<ReconcileResult> {
  const { caches, reports, metrics } = context;
  const objects = (['Site', 'Hub', 'SyncFolder'] as const)
    .flatMap((kind) => caches.of(kind).list(network))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (objects.length === 0) {
    reports.forget(network);
    context.inventories.forget(network);
    context.drift.forget(network);
    context.pods.forget(network);
    context.lastKnown.forget(network);
    context.pace.forget(network);
    context.rollouts.forget(network);
    metrics.forget(network);
    context.keyMetrics.forget(network);
    const { records } = await observeRemotePlacement(network, context, [], { plans: [], sites: [] });
    return records.length > 0 ? { requeueAfterMs: ENDING_MS } : {};
  }
  try {
    return await reconcile(network, context, objects);
  } catch (error) {
    if (isTerminating(error)) return { requeueAfterMs: ENDING_MS };
    throw error;
  }
}

async function reconcile(network: string, context: Context, objects: KubeObject[]): Promise<ReconcileResult> {
  const { caches, reports, metrics } = context;
  const began = context.now();
  const checkpoint = await readObject(context, 'ConfigMap', network, CHECKPOINT);
  const inventory = context.inventories.of(network, objects, checkpoint, () =>
    takeInventory(objects as unknown as CustomObject[], readCheckpoint(checkpoint), {
      pods: true,
      engine: context.engine,
    }),
  );
  const plans = inventory.plan.sites;
  const existing = objects.filter(({ kind }) => kind === 'Site');
  const remotePlacement = await observeRemotePlacement(network, context, existing, {
    plans,
    sites: inventory.resources.sites,
  });
  const { rotations, authorities, credentials, before } = await loadKeys(network, context, inventory);
  const externals = context.bundles.of(plans, credentials, before);

  // What a new operator needs is stored before anything is derived from it.
  const first = [checkpointObject(network, inventory.checkpoint), ...authorities.own];
  const common = await placeNetwork(context, network, plans, first);
  const { failure: tooLarge } = common;
  const applyErrors: Map<string, Failure> = new Map(tooLarge ? plans.map(({ site }) => [site, tooLarge]) : []);
  let failed: Failure | undefined = tooLarge;
  let waiting: ReadonlyMap<string, RolloutWaiting> = new Map();
  if (!common.failure) {
    const placed = await placeSites(network, context, {
      plans,
      inventory,
      objects,
      credentials,
      externals,
      remotePlacement,
      limits: rolloutLimits(checkpoint),
    });
    waiting = placed.waiting;
    [failed] = placed.errors.values();
    const away = await applyRemotePlacement(network, context, remotePlacement, common.shared, placed.remote);
    for (const [site, failure] of [...placed.errors, ...away]) applyErrors.set(site, failure);
  }

  const hubs = reportSources(plans, remotePlacement);
  const roots = [...credentials.values()].flatMap(({ tlsRoot }) => tlsRoot ?? []);
  const root = [authorities.tlsTrust, ...new Set(roots)].join('\n');
  const suspects = suspectHubs(hubs, (site) => podOfSite(network, context, remotePlacement, site));
  const { report, unseen, failure } = await reports.ask(network, hubs, credentials, root, suspects);
  const actions = await forwardActions(context, network, plans, credentials, root);
  const findings = {
    network,
    objects,
    inventory,
    credentials,
    applyErrors,
    remotePlacement,
    waiting,
    report,
    unseen,
    noReport: failure,
    actions,
  };
  const statuses = await writeStatuses(context, findings);
  context.rollouts.saw(network, report && statuses);
  await reportStopped(context, objects, waiting);
  const targets = Object.fromEntries(plans.flatMap(({ folders }) => folders.map((f) => [f.name, f.freshnessSeconds])));
  metrics.show(
    network,
    caches
      .of('Site')
      .list(network)
      .map(({ metadata }) => metadata.name),
    report,
    targets,
    externalSites(inventory.resources.sites),
  );
  await rotateKeys(network, context, { rotations, authorities, credentials, report });
  return {
    requeueAfterMs: remotePlacement.isEnding ? ENDING_MS : restMs(plans.length, context.now() - began),
    ...(failed && { error: new Error(failed.message) }),
  };
}

/** Tells whoever looks at a site that it has stopped a roll-out, at its Hub too. */
async function reportStopped(
  { recorder }: Context,
  objects: KubeObject[],
  waiting: ReadonlyMap<string, RolloutWaiting>,
): Promise<void> {
  const stopped = new Set([...waiting.values()].flatMap((one) => one.stopped));
  for (const object of objects) {
    const { kind, metadata } = object;
    if (!stopped.has(metadata.name) || kind === 'SyncFolder') continue;
    const message = `The new pod template does not come up here, so the roll-out has stopped: ${waiting.size} sites keep the previous one. It continues by itself once the image or setting is corrected`;
    await recorder.record(object, { type: 'Warning', reason: 'RolloutStopped', message, action: 'RollOut' });
  }
}
