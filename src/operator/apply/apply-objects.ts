import { apply, remove } from '../kube/apply.ts';
import { detachClaims } from '../kube/claims.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import type { Recorder } from '../kube/events.ts';
import { type KubeObject, keyOf, objectPath } from '../kube/object.ts';
import type { Json } from '../objects/json.ts';
import type { Caches } from './caches.ts';
import type { DriftTracker } from './drift.ts';

/** A cluster to which objects are applied. */
export interface ApplyTarget {
  client: KubeClient;
  recorder: Recorder;
  drift: DriftTracker;
  caches: Pick<Caches, 'live' | 'learn'>;
  /** Finds the live object in place of the caches; throws when it belongs to somebody else. */
  find?(object: KubeObject): Promise<KubeObject | undefined>;
}

/**
 * Applies one object if it differs from the live one. If somebody else deleted or changed it, records an Event on `about`,
 * the object it was created for (by default the object itself).
 */
export async function applyObject(target: ApplyTarget, object: KubeObject, about?: KubeObject): Promise<void> {
  const { client, caches, find, drift, recorder } = target;
  const live = find ? await find(object) : caches.live(object);
  const written = await apply(client, object, live);
  if (written) caches.learn(written);
  const event = drift.note(object, live, written);
  if (event) await recorder.record(about ?? written!, event);
}

/**
 * Applies the objects of a site in order. Immutable fields of a StatefulSet keep their live values; claims that must grow
 * are resized.
 */
export async function applySite(target: ApplyTarget, objects: KubeObject[], site: KubeObject): Promise<void> {
  for (const object of objects) {
    const live = object.kind === 'StatefulSet' ? target.caches.live(object) : undefined;
    if (!live) {
      await applyObject(target, object, site);
      continue;
    }
    const [wanted, present] = [object, live].map(templatesOf) as [Template[], Template[]];
    const { podManagementPolicy } = live.spec as { podManagementPolicy: Json };
    const fixed = { volumeClaimTemplates: present, podManagementPolicy };
    await applyObject(target, { ...object, spec: { ...(object.spec as object), ...fixed } }, site);
    await growClaims(target, live, wanted, present);
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
  { client }: ApplyTarget,
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
    const live = await client.request<KubeObject>({ method: 'GET', path: objectPath(claim) });
    await apply(client, claim, live);
  }
}

/**
 * Deletes what was created for these sites and is not in `wanted` ({@link keyOf}), such as the Service of a hub that became
 * a child, or everything but the keys of a site that moved to another cluster. Claims stay, whatever their policy.
 */
export async function deleteUnwanted(
  { client, caches }: { client: KubeClient; caches: Pick<Caches, 'created'> },
  network: string,
  wanted: Set<string>,
  sites: Set<string>,
): Promise<void> {
  for (const object of caches.created(network)) {
    const owner = object.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Site' && controller);
    if (!owner || !sites.has(owner.name) || wanted.has(keyOf(object))) continue;
    if (object.kind === 'PersistentVolumeClaim') continue; // data is never deleted because a plan leaves it out
    if (object.kind === 'StatefulSet' && !(await detachClaims(client, object))) continue;
    await remove(client, object);
  }
}

/** Nothing can be created in a namespace that is being deleted. */
export const isTerminating = (error: unknown) =>
  error instanceof KubeError && error.causes.includes('NamespaceTerminating');
