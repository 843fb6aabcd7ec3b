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
import type { Trouble } from '../status/conditions.ts';
import type { PodFacts } from '../status/pod.ts';
import type { Context } from './context.ts';
import { endRecords } from './end-records.ts';
import { MEMORY } from './memory.ts';
import { isRecord, judge, type Record, readRecord, recordObject, type SiteNow, type SitesNow } from './records.ts';

/** The sites of a network that run in other clusters, and what is known of those. */
export interface Elsewhere {
  /** By name of site. */
  sites: Map<string, { secret: string; observed: ObservedState }>;
  records: Record[];
  /** Sites that are placed when what they have in another place is gone, by name. */
  moving: Map<string, Trouble>;
  /** Something is to go from where it is. */
  isEnding: boolean;
}

/**
 * Looks where a network's sites are, and sees to the end of what is no longer to be elsewhere. Asks no other cluster itself: those
 * are worked on apart, and what is known of them is taken as it is.
 * @param written Sites that exist
 * @param planned plans and Sites of those of which something right is known
 */
export async function lookElsewhere(
  network: string,
  context: Context,
  written: KubeObject[],
  planned: { plans: SitePlan[]; sites: Site[] },
): Promise<Elsewhere> {
  const { clusters } = context;
  const objects = context.caches.of('ConfigMap').list(network).filter(isRecord);
  const records = objects.flatMap((object) => readRecord(object) ?? []);
  const appliedSites = new Map(planned.sites.map((site) => [site.metadata.name, site]));
  const planOf = new Set(planned.plans.map(({ site }) => site));
  const sites: Elsewhere['sites'] = new Map();
  const placementOf = (name: string): SiteNow['placement'] | undefined => {
    const site = appliedSites.get(name);
    if (!site || !planOf.has(name)) return undefined;
    const secret = inPod(site) ? site.spec.placement?.kubeconfigSecret : undefined;
    if (secret === undefined) return { secret, homeUid: undefined };
    const { observed } = clusters.of(network, secret);
    sites.set(name, { secret, observed });
    return { secret, homeUid: observed.home?.uid };
  };
  const now: SitesNow = new Map(
    written.map(({ metadata: { name, uid = '' } }) => {
      const placement = placementOf(name);
      return [uid, { name, ...(placement && { placement }) }];
    }),
  );
  const ending = records.filter((record) => judge(record, now) !== 'current');
  for (const { endsSince, object } of ending) if (endsSince === undefined) await remove(context.client, object);
  const used = new Set([...[...sites.values()].map(({ secret }) => secret), ...records.map(({ secret }) => secret)]);
  for (const secret of used) {
    desireRemovals(clusters.of(network, secret), secret, records, ending, now);
    if (ending.some((record) => record.secret === secret)) clusters.nudge(network, secret);
  }
  clusters.keep(network, used);
  await endRecords(network, context, objects, now);
  return { sites, records, moving: new Map(), isEnding: ending.length > 0 };
}

/** What is to go, before it is known what is to come. */
function desireRemovals(cluster: Cluster, secret: string, records: Record[], ending: Record[], now: SitesNow): void {
  const { home } = cluster.observed;
  const before = cluster.desired();
  const uids = [...now.keys()];
  const elsewhere = new Set(home ? uids.filter((siteUid) => judge({ siteUid, home }, now) === 'moved') : []);
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

/** Hands the sites over to those who work on their clusters. Returns what keeps a site from being placed, as far as is known. */
export async function placeElsewhere(
  network: string,
  context: Context,
  { sites, records, moving }: Elsewhere,
  shared: KubeObject[],
  remote: RemoteSite[],
): Promise<Map<string, Trouble>> {
  const { clusters, caches } = context;
  const troubles = new Map<string, Trouble>();
  const bySecret = Map.groupBy(remote, ({ site }) => sites.get(site)!.secret);
  const networkId = records[0]?.networkId ?? caches.of('ConfigMap').get(network, MEMORY)?.metadata.uid;
  for (const secret of new Set([...sites.values()].map((one) => one.secret))) {
    const cluster = clusters.of(network, secret);
    const { trouble, home, errors } = cluster.observed;
    const placed: RemoteSite[] = [];
    for (const site of bySecret.get(secret) ?? []) {
      const { site: name, owner } = site;
      const siteUid = owner.metadata.uid!;
      const before = home && (stillElsewhere(name, records, home) ?? stillHere(context, network, name));
      const found = trouble ?? errors.get(name);
      if (before) moving.set(name, before);
      if (found) troubles.set(name, found);
      // A home that was learnt meanwhile is for the next look.
      if (!home || home.uid !== cluster.desired().homeUid || !networkId || before) continue;
      await applyObject(context, recordObject(network, { site: name, siteUid, networkId, secret, home }));
      placed.push(site);
    }
    cluster.setDesired({ ...cluster.desired(), networkId, shared, sites: placed });
    clusters.nudge(network, secret);
  }
  return troubles;
}

/** Two pods of one site would speak for it with two voices: the one before goes first. Pure. */
export function stillElsewhere(site: string, records: Record[], home: Home | undefined): Trouble | undefined {
  const before = records.find((record) => record.site === site && record.home.uid !== home?.uid);
  if (!before) return undefined;
  const { namespace, server } = before.home;
  return {
    reason: 'Moving',
    message: `Its objects in namespace ${namespace} of ${server} are removed first; if that cluster does not respond, they are abandoned soon`,
  };
}

function stillHere({ caches }: Context, network: string, site: string): Trouble | undefined {
  if (!caches.of('StatefulSet').get(network, site) && !caches.of('Pod').get(network, `${site}-0`)) return undefined;
  return { reason: 'Moving', message: 'Waiting for its pod in this cluster to terminate' };
}

/** A site's pod, wherever it runs, as far as it is known. */
export function podOfSite(
  network: string,
  { caches }: Pick<Context, 'caches'>,
  { sites }: Pick<Elsewhere, 'sites'>,
  site: string,
): KubeObject | undefined {
  const away = sites.get(site);
  return away ? away.observed.live('v1', 'Pod', `${site}-0`) : caches.of('Pod').get(network, `${site}-0`);
}

const PENDING = { reason: 'ClusterPending', message: 'Connecting to its cluster for the first time' };
const UNPLACED = { reason: 'NoPod', message: 'Its pod has not been created yet' };

/** Of a site's pod in another cluster; undefined when nobody can say now. */
export function podElsewhere({ observed }: { observed: ObservedState }, site: string): PodFacts | undefined {
  if (!observed.looked) return { ready: false, trouble: PENDING };
  return observed.home && !observed.trouble ? (observed.pod(site) ?? { ready: false, trouble: UNPLACED }) : undefined;
}
