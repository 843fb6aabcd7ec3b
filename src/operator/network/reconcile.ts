import { sshFiles } from '../../agent/link/keys.ts';
import type { NetworkReport } from '../../api/network-report.ts';
import { rollOf } from '../../topology/roll.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { RemoteSite } from '../clusters/place-remote.ts';
import { phaseOf } from '../keys/authority.ts';
import type { Files } from '../keys/scratch.ts';
import { CERTIFICATE } from '../keys/tls.ts';
import type { Outcome } from '../kube/controller.ts';
import { isNotFound, KubeError } from '../kube/error.ts';
import { type KubeObject, objectPath } from '../kube/object.ts';
import { objectName } from '../objects/json.ts';
import { networkObjects } from '../objects/network-objects.ts';
import { AUTHORITY, type Authorities, authoritiesOf, TLS_AUTHORITY } from './authorities.ts';
import { type External, externalSites, ofNeighbours } from './bundles.ts';
import { MANAGED_BY } from './caches.ts';
import type { Context } from './context.ts';
import { objectsOfSite } from './desired.ts';
import { type Elsewhere, lookElsewhere, placeElsewhere, stillElsewhere } from './elsewhere.ts';
import { filesOf, type Trouble } from './files-of.ts';
import { type Inventory, takeInventory, type Written } from './inventory.ts';
import { lookMs } from './look.ts';
import type { Material } from './material.ts';
import { MEMORY, memoryObject, readMemory } from './memory.ts';
import { isTerminating, keyOf, prune, put, putSite } from './place.ts';
import { placeNetwork } from './place-network.ts';
import { advance, KEYS, type Rotations, readRotations, rotationsObject } from './rotations.ts';
import { tellAll } from './tell.ts';
import { passOnVerbs } from './verbs.ts';

/** While something goes, it is looked at this often. */
const ENDING_MS = 2000;
/** Sites whose objects are applied at once. */
const AT_ONCE = 8;

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
    context.upkeep.forget(network);
    context.pods.forget(network);
    context.lastKnown.forget(network);
    metrics.forget(network);
    context.keyMetrics.forget(network);
    const { records } = await lookElsewhere(network, context, [], { plans: [], sites: [] });
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
  const memory = await present(context, 'ConfigMap', network, MEMORY);
  const inventory = context.inventories.of(network, written, memory, () =>
    takeInventory(written as unknown as Written[], readMemory(memory), { pods: true, engine: context.engine }),
  );
  const plans = inventory.plan.sites;
  const existing = written.filter(({ kind }) => kind === 'Site');
  const elsewhere = await lookElsewhere(network, context, existing, { plans, sites: inventory.resources.sites });
  const { rotations, authorities, material, before } = await keysOf(network, context, inventory);
  const externals = context.bundles.of(plans, material, before);

  // What an operator that starts anew needs comes before what is made from it.
  const first = [memoryObject(network, inventory.memory), ...authorities.own];
  const common = await placeNetwork(context, network, plans, first);
  const applyErrors: Map<string, Trouble> = new Map(common ? plans.map(({ site }) => [site, common]) : []);
  let failed: Trouble | undefined = common;
  if (!common) {
    const placed = await placeSites(network, context, { plans, inventory, written, material, externals, elsewhere });
    [failed] = placed.errors.values();
    const roll = rollOf(plans);
    const shared = roll ? networkObjects(network, context.version, roll) : [];
    const away = await placeElsewhere(network, context, elsewhere, shared, placed.remote);
    for (const [site, trouble] of [...placed.errors, ...away]) applyErrors.set(site, trouble);
  }

  const hubs = witnesses(plans, elsewhere);
  const roots = [...material.values()].flatMap(({ tlsRoot }) => tlsRoot ?? []);
  const root = [authorities.tlsTrust, ...new Set(roots)].join('\n');
  const { report, trouble } = await reports.ask(network, hubs, material, root);
  const verbs = await passOnVerbs(context, network, plans, material, root);
  const findings = { network, written, inventory, material, applyErrors, elsewhere, report, noReport: trouble, verbs };
  await tellAll(context, findings);
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
  await turnKeys(network, context, { rotations, authorities, material, report });
  return {
    requeueAfterMs: elsewhere.isEnding ? ENDING_MS : lookMs(plans.length),
    ...(failed && { error: new Error(failed.message) }),
  };
}

interface Keys {
  rotations: Rotations;
  authorities: Authorities;
  material: Map<string, Material>;
  /** By site: what its Secret holds. */
  before: Map<string, Files>;
}

/** The keys and passwords of all sites as they are to be now. */
async function keysOf(network: string, context: Context, { plan, resources }: Inventory): Promise<Keys> {
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
    before.set(site, filesOf(await present(context, 'Secret', network, objectName(site, 'keys'))));
  const supplies = await context.supplies.read(network, resources.sites);
  const input = { authorities, rotation: rotations.passwords, present: before, supplies };
  return { rotations, authorities, material: await context.materials.complete(plan.sites, input), before };
}

/** Goes on with the replacement of keys and passwords where the sites have followed, and tells how old they are. */
async function turnKeys(
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
  await put(context, rotationsObject(network, next, facts));
  const expiries = new Map([...material].map(([site, keys]) => [site, keys.expiries]));
  context.keyMetrics.show(network, { expiries, report, rotations: { ...next } });
}

/**
 * Sites whose agents tell how the network stands: hubs hear the most, those of this cluster before those behind another API server.
 * Children of this cluster stand in for hubs that cannot be asked.
 */
function witnesses(plans: SitePlan[], { sites }: Elsewhere): SitePlan[] {
  const asked = plans.filter(({ expose }) => expose);
  const here = asked.filter(({ site }) => !sites.has(site));
  const isHub = ({ role }: SitePlan) => role === 'hub';
  const away = asked.filter((plan) => isHub(plan) && sites.get(plan.site)?.sight.pod(plan.site) !== undefined);
  const hubs = [...here.filter(isHub), ...away];
  return hubs.length > 0 ? hubs : here.slice(0, 3);
}

/** Without keys a site cannot begin. */
function checkKeys({ keys, trouble }: Material): void {
  if (trouble && keys[sshFiles('').userKey] === undefined) throw new Error(trouble.message);
}

interface Placing {
  plans: SitePlan[];
  inventory: ReturnType<typeof takeInventory>;
  written: KubeObject[];
  material: Map<string, Material>;
  externals: Map<string, External>;
  elsewhere: Elsewhere;
}

/**
 * Applies the objects of all sites; returns what went wrong, by site. Of those in other clusters only the keys are here: what
 * others are given must not depend on whether those clusters answer.
 */
async function placeSites(
  network: string,
  context: Context,
  placing: Placing,
): Promise<{ errors: Map<string, Trouble>; remote: RemoteSite[] }> {
  const { plans, inventory, written, material, externals, elsewhere } = placing;
  const errors = new Map<string, Trouble>();
  const remote: RemoteSite[] = [];
  const owners = new Map(written.filter(({ kind }) => kind === 'Site').map((site) => [site.metadata.name, site]));
  const wanted = new Set<string>();
  const queue = plans.values();
  const worker = async () => {
    for (const plan of queue) {
      const owner = owners.get(plan.site)!;
      try {
        const isElsewhere = elsewhere.sites.has(plan.site);
        const before = isElsewhere ? undefined : stillElsewhere(plan.site, elsewhere.records, undefined);
        if (before) {
          elsewhere.moving.set(plan.site, before);
          continue;
        }
        const keys = material.get(plan.site)!;
        checkKeys(keys);
        const name = `${network}/${plan.site}`;
        const neighbours = ofNeighbours(plan, externals);
        const bundle = externals.get(plan.site)?.text;
        const told = JSON.stringify(neighbours);
        const routes = context.caches.knows('HTTPRoute');
        const from = [inventory, owner.metadata.uid, keys.mark, keys.tls[CERTIFICATE], told, bundle, routes];
        const outside = { ...neighbours, ...(bundle !== undefined && { bundle }) };
        // What kinds another cluster knows beyond the usual ones is not asked.
        const known = isElsewhere ? { ...context, caches: { knows: () => false } } : context;
        const make = () => objectsOfSite(plan, inventory.resources, owner, keys, outside, known);
        if (isElsewhere) remote.push({ site: plan.site, owner, from, make });
        const same = context.placements.unchanged(name, from);
        for (const key of same ?? []) wanted.add(key);
        if (same) continue;
        const objects = make().filter(({ kind }) => !isElsewhere || kind === 'Secret');
        for (const object of objects) wanted.add(keyOf(object));
        await putSite(context, objects, owner);
        context.placements.note(name, from, objects);
      } catch (error) {
        if (isTerminating(error)) throw error;
        const { message } = error as Error;
        errors.set(plan.site, { reason: error instanceof KubeError ? reasonWord(error) : 'ApplyFailed', message });
        context.log.error({ network, site: plan.site, err: error }, 'the objects of a site could not be applied');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const isSound = (site: string) => !errors.has(site) && (elsewhere.sites.has(site) || !elsewhere.moving.has(site));
  const sound = plans.filter(({ site }) => isSound(site)).map(({ site }) => site);
  await prune(context, network, wanted, new Set(sound));
  return { errors, remote };
}

/** The condition's reason is a word. */
const reasonWord = ({ reason, code }: KubeError) => (/^[A-Za-z]+$/.test(reason) ? reason : `Http${code}`);

/** From the cache; asked for when it is not there, because a cache that is late must not cost keys or ports. */
async function present(
  { client, caches }: Context,
  kind: 'ConfigMap' | 'Secret',
  network: string,
  name: string,
): Promise<KubeObject | undefined> {
  const object: KubeObject = { apiVersion: 'v1', kind, metadata: { name, namespace: network, labels: MANAGED_BY } };
  const known = caches.live(object);
  if (known) return known;
  try {
    const found = await client.ask<KubeObject>({ method: 'GET', path: objectPath(object) });
    return { ...found, apiVersion: 'v1', kind };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
