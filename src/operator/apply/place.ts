import { apply, remove } from '../kube/apply.ts';
import { letGoOfClaims } from '../kube/claims.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import type { Recorder } from '../kube/events.ts';
import { type KubeObject, keyOf, objectPath } from '../kube/object.ts';
import type { Json } from '../objects/json.ts';
import type { Caches } from './caches.ts';
import type { Upkeep } from './drift.ts';

/** A cluster in which objects are placed. */
export interface Place {
  client: KubeClient;
  recorder: Recorder;
  upkeep: Upkeep;
  caches: Pick<Caches, 'live' | 'learn'>;
  /** The live object in place of what the caches say; throws when it is somebody else's. */
  find?(object: KubeObject): Promise<KubeObject | undefined>;
}

/**
 * Applies one object, from what the caches say and into them. When somebody else had deleted or changed it, that is told of `about`:
 * whom it was made for; of itself when it is the network's.
 */
export async function put(place: Place, object: KubeObject, about?: KubeObject): Promise<void> {
  const { client, caches, find, upkeep, recorder } = place;
  const live = find ? await find(object) : caches.live(object);
  const written = await apply(client, object, live);
  if (written) caches.learn(written);
  const event = upkeep.note(object, live, written);
  if (event) await recorder.record(about ?? written!, event);
}

/**
 * Applies the objects of a site, in their order. What cannot change of a StatefulSet stays as it is, whichever version made it;
 * claims that are to be larger are asked to grow.
 */
export async function putSite(place: Place, objects: KubeObject[], site: KubeObject): Promise<void> {
  for (const object of objects) {
    const live = object.kind === 'StatefulSet' ? place.caches.live(object) : undefined;
    if (!live) {
      await put(place, object, site);
      continue;
    }
    const [wanted, present] = [object, live].map(templatesOf) as [Template[], Template[]];
    const { podManagementPolicy } = live.spec as { podManagementPolicy: Json };
    const fixed = { volumeClaimTemplates: present, podManagementPolicy };
    await put(place, { ...object, spec: { ...(object.spec as object), ...fixed } }, site);
    await growClaims(place, live, wanted, present);
  }
}

interface Template {
  metadata: { name: string };
  spec: { resources: { requests: { storage: string } } };
}

const templatesOf = ({ spec }: KubeObject) =>
  (spec as { volumeClaimTemplates?: Template[] }).volumeClaimTemplates ?? [];
const storageOf = ({ spec }: Template) => spec.resources.requests.storage;

async function growClaims(
  { client }: Place,
  { metadata }: KubeObject,
  wanted: Template[],
  present: Template[],
): Promise<void> {
  const before = new Map(present.map((template) => [template.metadata.name, storageOf(template)]));
  for (const template of wanted) {
    const storage = storageOf(template);
    if (before.get(template.metadata.name) === storage) continue;
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: `${template.metadata.name}-${metadata.name}-0`, namespace: metadata.namespace! },
      spec: { resources: { requests: { storage } } },
    };
    const live = await client.ask<KubeObject>({ method: 'GET', path: objectPath(claim) });
    await apply(client, claim, live);
  }
}

/**
 * Removes what was made for sites that are planned and is no longer wanted ({@link keyOf}), such as the Service of a hub that is a
 * child now, or everything but the keys of a site that runs elsewhere now. Its claims stay, whatever is to become of them one day.
 */
export async function prune(
  { client, caches }: { client: KubeClient; caches: Pick<Caches, 'made'> },
  network: string,
  wanted: Set<string>,
  sites: Set<string>,
): Promise<void> {
  for (const object of caches.made(network)) {
    const owner = object.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Site' && controller);
    if (!owner || !sites.has(owner.name) || wanted.has(keyOf(object))) continue;
    if (object.kind === 'PersistentVolumeClaim') continue; // data is never removed by what a plan leaves out
    if (object.kind === 'StatefulSet' && !(await letGoOfClaims(client, object))) continue;
    await remove(client, object);
  }
}

/** A namespace that is going takes nothing new. */
export const isTerminating = (error: unknown) =>
  error instanceof KubeError && error.code === 403 && /being terminated/.test(error.message);
