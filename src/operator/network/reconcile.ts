import { isTerminating } from '../apply/apply-objects.ts';
import type { Outcome } from '../kube/controller.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Failure } from '../status/conditions.ts';
import { forwardActions } from './actions.ts';
import { externalSites } from './bundles.ts';
import type { Context } from './context.ts';
import { takeInventory, type Written } from './inventory.ts';
import { placeNetwork } from './place-network.ts';
import { placeSites } from './place-sites.ts';
import { CHECKPOINT, checkpointObject, readCheckpoint } from './plan-checkpoint.ts';
import { restMs } from './poll-interval.ts';
import { readObject } from './read-object.ts';
import { applyRemotePlacement, observeRemotePlacement, podOfSite } from './remote-placement.ts';
import { reportSources } from './report-sources.ts';
import { loadKeys, rotateKeys } from './rotate-keys.ts';
import { suspectHubs } from './suspect-hubs.ts';
import { writeStatuses } from './write-status.ts';

/** While something goes, it is looked at this often. */
const ENDING_MS = 2000;

/**
 * Brings everything of one namespace in order: plan, keys, objects, status. Idempotent; reads all anew from the caches. What
 * cannot be done for one site is told in its status, and holds up no other.
 */
export async function reconcileNetwork(network: string, context: Context): Promise<Outcome> {
  const { caches, reports, metrics } = context;
  const written = (['Site', 'Hub', 'SyncFolder'] as const)
    .flatMap((kind) => caches.of(kind).list(network))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (written.length === 0) {
    reports.forget(network);
    context.inventories.forget(network);
    context.drift.forget(network);
    context.pods.forget(network);
    context.lastKnown.forget(network);
    metrics.forget(network);
    context.keyMetrics.forget(network);
    const { records } = await observeRemotePlacement(network, context, [], { plans: [], sites: [] });
    return records.length > 0 ? { requeueAfterMs: ENDING_MS } : {};
  }
  try {
    return await reconcile(network, context, written);
  } catch (error) {
    if (isTerminating(error)) return { requeueAfterMs: ENDING_MS };
    throw error;
  }
}

async function reconcile(network: string, context: Context, written: KubeObject[]): Promise<Outcome> {
  const { caches, reports, metrics } = context;
  const began = context.now();
  const checkpoint = await readObject(context, 'ConfigMap', network, CHECKPOINT);
  const inventory = context.inventories.of(network, written, checkpoint, () =>
    takeInventory(written as unknown as Written[], readCheckpoint(checkpoint), { pods: true, engine: context.engine }),
  );
  const plans = inventory.plan.sites;
  const existing = written.filter(({ kind }) => kind === 'Site');
  const remotePlacement = await observeRemotePlacement(network, context, existing, {
    plans,
    sites: inventory.resources.sites,
  });
  const { rotations, authorities, credentials, before } = await loadKeys(network, context, inventory);
  const externals = context.bundles.of(plans, credentials, before);

  // What an operator that starts anew needs comes before what is made from it.
  const first = [checkpointObject(network, inventory.checkpoint), ...authorities.own];
  const common = await placeNetwork(context, network, plans, first);
  const { failure: tooLarge } = common;
  const applyErrors: Map<string, Failure> = new Map(tooLarge ? plans.map(({ site }) => [site, tooLarge]) : []);
  let failed: Failure | undefined = tooLarge;
  if (!common.failure) {
    const placed = await placeSites(network, context, {
      plans,
      inventory,
      written,
      credentials,
      externals,
      remotePlacement,
    });
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
    written,
    inventory,
    credentials,
    applyErrors,
    remotePlacement,
    report,
    unseen,
    noReport: failure,
    actions,
  };
  await writeStatuses(context, findings);
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
