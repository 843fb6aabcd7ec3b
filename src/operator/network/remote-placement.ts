import type { Site } from '../../api/schema.ts';
import { inPod } from '../../topology/pod-rules.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { applyObject } from '../apply/apply-objects.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Home } from '../clusters/home.ts';
import type { ObservedState } from '../clusters/observed-state.ts';
import type { RemoteSite } from '../clusters/place-remote.ts';
import { remove } from '../kube/apply.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Failure } from '../status/conditions.ts';
import type { PodFacts } from '../status/pod.ts';
import type { Context } from './context.ts';
import { finalizeRecords } from './finalize-records.ts';
import {
  type CurrentSite,
  type CurrentSites,
  isRecord,
  type PlacementRecord,
  readRecord,
  recordObject,
  recordState,
} from './placement-records.ts';
import { CHECKPOINT } from './plan-checkpoint.ts';

/** The sites of a network that run in other clusters, and what is known about them. */
export interface RemotePlacement {
  /** By site name. */
  sites: Map<string, { secret: string; observed: ObservedState }>;
  records: PlacementRecord[];
  /** Sites that wait until their objects in the previous cluster are gone, by name. */
  moving: Map<string, Failure>;
  /** Objects in some cluster are being deleted. */
  isEnding: boolean;
}

/**
 * Finds out where a network's sites run, and starts the removal of what no longer belongs in another cluster. Makes no
 * request to other clusters: those are reconciled separately, and what is known about them is used as it is.
 * @param existing all Sites that exist
 * @param planned plans and Sites of those with a valid spec
 */
export async function observeRemotePlacement(
  network: string,
  context: Context,
  existing: KubeObject[],
  planned: { plans: SitePlan[]; sites: Site[] },
): Promise<RemotePlacement> {
  const { clusters } = context;
  const objects = context.caches.of('ConfigMap').list(network).filter(isRecord);
  const records = objects.flatMap((object) => readRecord(object) ?? []);
  const appliedSites = new Map(planned.sites.map((site) => [site.metadata.name, site]));
  const planOf = new Set(planned.plans.map(({ site }) => site));
  const sites: RemotePlacement['sites'] = new Map();
  const placementOf = (name: string): CurrentSite['placement'] | undefined => {
    const site = appliedSites.get(name);
    if (!site || !planOf.has(name)) return undefined;
    const secret = inPod(site) ? site.spec.placement?.kubeconfigSecret : undefined;
    if (secret === undefined) return { secret, homeUid: undefined };
    const { observed } = clusters.of(network, secret);
    sites.set(name, { secret, observed });
    return { secret, homeUid: observed.home?.uid };
  };
  const now: CurrentSites = new Map(
    existing.map(({ metadata: { name, uid = '' } }) => {
      const placement = placementOf(name);
      return [uid, { name, ...(placement && { placement }) }];
    }),
  );
  const ending = records.filter((record) => recordState(record, now) !== 'current');
  for (const { endsSince, object } of ending) if (endsSince === undefined) await remove(context.client, object);
  const used = new Set([...[...sites.values()].map(({ secret }) => secret), ...records.map(({ secret }) => secret)]);
  for (const secret of used) {
    desireRemovals(clusters.of(network, secret), secret, records, ending, now);
    if (ending.some((record) => record.secret === secret)) clusters.nudge(network, secret);
  }
  clusters.keep(network, used);
  await finalizeRecords(network, context, objects, now);
  return { sites, records, moving: new Map(), isEnding: ending.length > 0 };
}

/** Removals first: what to place there is determined later. */
function desireRemovals(
  cluster: Cluster,
  secret: string,
  records: PlacementRecord[],
  ending: PlacementRecord[],
  now: CurrentSites,
): void {
  const { home } = cluster.observed;
  const before = cluster.desired();
  const uids = [...now.keys()];
  const elsewhere = new Set(home ? uids.filter((siteUid) => recordState({ siteUid, home }, now) === 'moved') : []);
  const existing = new Set(uids);
  cluster.setDesired({
    ...before,
    homeUid: home?.uid,
    networkId: records[0]?.networkId ?? before.networkId,
    here: new Set(uids.filter((uid) => now.get(uid)?.placement?.secret === secret)),
    existing,
    elsewhere,
    sites: before.sites.filter(({ owner }) => existing.has(owner.metadata.uid!) && !elsewhere.has(owner.metadata.uid!)),
    removing: ending.some((record) => record.secret === secret),
  });
}

/** Hands the sites over to the reconciliation of their clusters. Returns the known reasons why sites cannot be placed. */
export async function applyRemotePlacement(
  network: string,
  context: Context,
  { sites, records, moving }: RemotePlacement,
  shared: KubeObject[],
  remote: RemoteSite[],
): Promise<Map<string, Failure>> {
  const { clusters, caches } = context;
  const failures = new Map<string, Failure>();
  const bySecret = Map.groupBy(remote, ({ site }) => sites.get(site)!.secret);
  const networkId = records[0]?.networkId ?? caches.of('ConfigMap').get(network, CHECKPOINT)?.metadata.uid;
  for (const secret of new Set([...sites.values()].map((one) => one.secret))) {
    const cluster = clusters.of(network, secret);
    const { failure, home, errors } = cluster.observed;
    const placed: RemoteSite[] = [];
    for (const site of bySecret.get(secret) ?? []) {
      const { site: name, owner } = site;
      const siteUid = owner.metadata.uid!;
      const before = home && (stillInAnotherCluster(name, records, home) ?? stillInThisCluster(context, network, name));
      const found = failure ?? errors.get(name);
      if (before) moving.set(name, before);
      if (found) failures.set(name, found);
      // A home found in the meantime is used by the next reconciliation.
      if (!home || home.uid !== cluster.desired().homeUid || !networkId || before) continue;
      await applyObject(context, recordObject(network, { site: name, siteUid, networkId, secret, home }));
      placed.push(site);
    }
    cluster.setDesired({ ...cluster.desired(), networkId, shared, sites: placed });
    clusters.nudge(network, secret);
  }
  return failures;
}

/** A site must not have two pods, so the old one goes first. Pure. */
export function stillInAnotherCluster(
  site: string,
  records: PlacementRecord[],
  home: Home | undefined,
): Failure | undefined {
  const before = records.find((record) => record.site === site && record.home.uid !== home?.uid);
  if (!before) return undefined;
  const { namespace, server } = before.home;
  return {
    reason: 'Moving',
    message: `Its objects in namespace ${namespace} of ${server} are removed first; if that cluster does not respond, they are abandoned soon`,
  };
}

function stillInThisCluster({ caches }: Context, network: string, site: string): Failure | undefined {
  if (!caches.of('StatefulSet').get(network, site) && !caches.of('Pod').get(network, `${site}-0`)) return undefined;
  return { reason: 'Moving', message: 'Waiting for its pod in this cluster to terminate' };
}

/** A site's pod in whichever cluster it runs, if known. */
export function podOfSite(
  network: string,
  { caches }: Pick<Context, 'caches'>,
  { sites }: Pick<RemotePlacement, 'sites'>,
  site: string,
): KubeObject | undefined {
  const away = sites.get(site);
  return away ? away.observed.live('v1', 'Pod', `${site}-0`) : caches.of('Pod').get(network, `${site}-0`);
}

const PENDING = { reason: 'ClusterPending', message: 'Connecting to its cluster for the first time' };
const UNPLACED = { reason: 'NoPod', message: 'Its pod has not been created yet' };

/** A site's pod in another cluster; undefined while unknown. */
export function remotePodFacts({ observed }: { observed: ObservedState }, site: string): PodFacts | undefined {
  if (!observed.attempted) return { ready: false, failure: PENDING };
  return observed.home && !observed.failure ? (observed.pod(site) ?? { ready: false, failure: UNPLACED }) : undefined;
}
