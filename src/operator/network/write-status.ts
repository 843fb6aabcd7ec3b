import type { NetworkReport } from '../../api/network-report.ts';
import type { Condition, SiteStatus } from '../../api/status.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { forEach } from '../apply/for-each.ts';
import { applyStatus } from '../kube/apply.ts';
import type { KubeObject } from '../kube/object.ts';
import type { PageSpec } from '../objects/input.ts';
import { objectName } from '../objects/json.ts';
import { transitions } from '../status/conditions.ts';
import { folderStatus } from '../status/folder.ts';
import { hubStatus } from '../status/hub.ts';
import type { PageFacts } from '../status/page.ts';
import { podFacts } from '../status/pod.ts';
import type { RolloutWaiting } from '../status/rollout.ts';
import { siteStatus } from '../status/site.ts';
import type { ActionTokens } from './actions.ts';
import type { Context } from './context.ts';
import type { Inventory } from './inventory.ts';
import { podOfSite, type RemotePlacement, remotePodFacts } from './remote-placement.ts';
import type { SiteCredentials } from './site-credentials.ts';
import { firstExpiry } from './site-keys.ts';

/** The results of a reconciliation. */
export interface Findings {
  network: string;
  /** The objects that were reconciled: nothing is known yet about those created since. */
  objects: KubeObject[];
  inventory: Inventory;
  credentials: Map<string, SiteCredentials>;
  applyErrors: Map<string, { reason: string; message: string }>;
  remotePlacement: RemotePlacement;
  /** Sites that still have their previous pod template. */
  waiting: ReadonlyMap<string, RolloutWaiting>;
  report: NetworkReport | undefined;
  /** Sites about which only a silent hub reported: by name, with that hub. */
  unseen: ReadonlyMap<string, string>;
  noReport: string;
  /** Tokens of the actions that were just forwarded, by site. */
  actions: Map<string, ActionTokens>;
}

/**
 * Writes the status of every object of the network where it differs, and records Events about what changed. Returns those
 * of the Sites, by name.
 */
export async function writeStatuses(context: Context, findings: Findings): Promise<ReadonlyMap<string, SiteStatus>> {
  const { objects, inventory } = findings;
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const plans = new Map(inventory.plan.sites.map((plan) => [plan.site, plan]));
  const siteStatuses = new Map<string, ReturnType<typeof siteStatus>>();
  await forEach(of('Site'), async (site) => {
    const status = statusOfSite(context, findings, site, plans.get(site.metadata.name));
    siteStatuses.set(site.metadata.name, status);
    await writeStatus(context, site, status);
    const { name } = site.metadata;
    const pod = podOfSite(findings.network, context, findings.remotePlacement, name);
    for (const event of context.pods.observe(findings.network, name, pod)) await context.recorder.record(site, event);
  });
  const common = { report: findings.report, now: context.now() };
  await forEach(of('Hub'), async (hub) => {
    const { name, generation } = hub.metadata;
    const plan = plans.get(name);
    const status = hubStatus({
      ...common,
      generation,
      before: hub.status ?? {},
      problems: inventory.problems.get(`Hub/${name}`) ?? [],
      plan: plan?.role === 'hub' ? plan : undefined,
      address: inventory.resources.hubs.find(({ metadata }) => metadata.name === name)?.spec.address,
      site: siteStatuses.get(name),
      isSilent: findings.unseen.has(name),
    });
    await writeStatus(context, hub, status);
  });
  const folders = new Map(inventory.plan.sites.flatMap((plan) => plan.folders).map((one) => [one.name, one]));
  const external = inventory.plan.sites.filter((plan) => plan.external).map(({ site }) => site);
  await forEach(of('SyncFolder'), async (folder) => {
    const { name, generation } = folder.metadata;
    const planned = folders.get(name);
    const status = folderStatus({
      ...common,
      generation,
      name,
      before: folder.status ?? {},
      problems: inventory.problems.get(`SyncFolder/${name}`) ?? [],
      members: planned?.members,
      freshnessSeconds: planned?.freshnessSeconds ?? 0,
      external,
    });
    await writeStatus(context, folder, status);
  });
  return siteStatuses;
}

function statusOfSite(context: Context, findings: Findings, site: KubeObject, plan: SitePlan | undefined) {
  const { caches, now } = context;
  const { network, inventory, credentials, applyErrors, remotePlacement, report, unseen, noReport, actions } = findings;
  const { name, generation } = site.metadata;
  const spec = inventory.resources.sites.find((one) => one.metadata.name === name)?.spec;
  const isExternal = spec?.placement?.external;
  const away = remotePlacement.sites.get(name);
  const moving = remotePlacement.moving.get(name);
  const seen: SiteCluster = away
    ? { live: (...which) => away.observed.live(...which), serves: () => false }
    : {
        live: (apiVersion, kind, made) =>
          caches.live({ apiVersion, kind, metadata: { name: made, namespace: network } }),
        serves: caches.serves,
      };
  const podHere = () =>
    podFacts(caches.of('StatefulSet').get(network, name), caches.of('Pod').get(network, `${name}-0`));
  const status = siteStatus({
    generation,
    before: site.status ?? {},
    problems: inventory.problems.get(`Site/${name}`) ?? [],
    plan,
    applyError: applyErrors.get(name),
    pod: isExternal
      ? undefined
      : moving
        ? { ready: false, failure: moving }
        : away
          ? remotePodFacts(away, name)
          : podHere(),
    report,
    waiting: findings.waiting.get(name),
    silentHub: unseen.get(name),
    noReport,
    freshnessSeconds: Math.min(...(plan?.folders.map((folder) => folder.freshnessSeconds) ?? []), 365 * 86_400),
    page: isExternal ? undefined : pageFacts(seen, name, spec?.page),
    keys: plan && { validUntil: firstExpiry(credentials.get(name)), failure: credentials.get(name)?.failure },
    now: now(),
  });
  return { ...status, ...actions.get(name) };
}

/** The cluster in which a site runs. */
interface SiteCluster {
  live(apiVersion: string, kind: string, name: string): KubeObject | undefined;
  serves(kind: 'HTTPRoute'): boolean;
}

/** What the Site says about its page, and the state of the objects created for it. */
function pageFacts({ live, serves }: SiteCluster, name: string, page: PageSpec | undefined): PageFacts | undefined {
  const { host, ingress, httpRoute } = page ?? {};
  if (host === undefined || !(ingress || httpRoute)) return undefined;
  const status = (apiVersion: string, kind: string) => live(apiVersion, kind, objectName(name))?.status;
  return {
    host,
    ...(ingress && {
      ingress: { className: ingress.className, status: status('networking.k8s.io/v1', 'Ingress') },
    }),
    ...(httpRoute && {
      httpRoute: {
        isKnown: serves('HTTPRoute'),
        gateways: httpRoute.parentRefs.map((ref) => ref.name),
        status: status('gateway.networking.k8s.io/v1', 'HTTPRoute'),
      },
    }),
  };
}

async function writeStatus(
  context: Context,
  object: KubeObject,
  status: { conditions?: Condition[] | undefined },
): Promise<void> {
  const { client, caches, recorder, lastKnown, pace } = context;
  const { namespace = '', uid = '' } = object.metadata;
  const old = (object.status ?? {}) as { conditions?: Condition[] };
  const before = old.conditions ?? [];
  const written = await applyStatus(client, object, pace.pace(namespace, uid, old, status));
  if (!written) return;
  caches.learn(written);
  for (const { type, reason, message } of transitions(lastKnown.see(namespace, uid, before), status.conditions ?? []))
    await recorder.record(object, { type, reason, message, action: 'Observe' });
}
