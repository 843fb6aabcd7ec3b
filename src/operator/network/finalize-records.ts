import type { ObservedState } from '../clusters/observed-state.ts';
import { remove } from '../kube/apply.ts';
import { isConflict, isNotFound } from '../kube/error.ts';
import { type KubeObject, objectPath } from '../kube/object.ts';
import { objectName } from '../objects/json.ts';
import { SITE_UID } from '../objects/remote-object.ts';
import type { Context } from './context.ts';
import {
  type CurrentSites,
  FINALIZER,
  type PlacementRecord,
  type RecordState,
  readRecord,
  recordState,
} from './placement-records.ts';

/**
 * How long to wait for a cluster that does not respond before its objects are abandoned. Deleting a namespace takes no
 * longer.
 */
export const GIVE_UP_MS = 120_000;

export type Finalization = 'done' | 'wait' | { givenUp: string };

/** What to do with a record that is being deleted. Pure. */
export function finalizationOf(
  record: Pick<PlacementRecord, 'siteUid' | 'home' | 'endsSince'>,
  observed: Pick<ObservedState, 'attempted' | 'lost' | 'home' | 'failure' | 'isClean'>,
  { now, giveUpMs }: { now: number; giveUpMs: number },
): Finalization {
  const { attempted, lost, home, failure } = observed;
  if (home?.uid === record.home.uid && observed.isClean(record.siteUid)) return 'done';
  if (attempted && lost) return { givenUp: failure?.message ?? 'no kubeconfig points there any more' };
  if (home && home.uid !== record.home.uid && !failure) return { givenUp: 'its kubeconfig now points elsewhere' };
  if (now - (record.endsSince ?? now) < giveUpMs) return 'wait';
  return { givenUp: failure?.message ?? 'deleting its objects timed out' };
}

/**
 * Removes the finalizer of records whose objects are gone or abandoned. The record of a Site that still exists stays,
 * whoever deleted it; when the whole namespace is being deleted, the Site is about to go too.
 */
export async function finalizeRecords(
  network: string,
  context: Context,
  objects: KubeObject[],
  sites: CurrentSites,
): Promise<void> {
  for (const object of objects) {
    if (object.metadata.deletionTimestamp === undefined) continue;
    const record = readRecord(object);
    if (!record) {
      context.log.warn(
        { network, configMap: object.metadata.name },
        'a record of objects in another cluster is corrupt: nothing is removed based on it',
      );
      await letGo(context, object);
      continue;
    }
    const state = recordState(record, sites);
    if (state === 'current') continue;
    const finalization = finalizationOf(record, context.clusters.of(network, record.secret).observed, {
      now: context.now(),
      giveUpMs: context.giveUpMs,
    });
    if (finalization === 'wait') continue;
    if (finalization !== 'done') await giveUp(network, context, record, state, finalization.givenUp);
    await letGo(context, object);
  }
}

/** Records what was left behind and where. A site that moved gets new keys, because what was left must not act in its name. */
async function giveUp(
  network: string,
  context: Context,
  record: PlacementRecord,
  state: RecordState,
  why: string,
): Promise<void> {
  const { site, siteUid, home } = record;
  const message = `Left behind in namespace ${home.namespace} of ${home.server}: all objects with the label ${SITE_UID}=${siteUid}. Delete them there. ${why}`;
  context.log.warn(
    { network, site, server: home.server, namespace: home.namespace, siteUid, why },
    'objects of a site were left behind in another cluster',
  );
  const about = {
    apiVersion: 'sitesync.dev/v1alpha1',
    kind: 'Site',
    metadata: { name: site, namespace: network, uid: siteUid },
  };
  await context.recorder.record(about, { type: 'Warning', reason: 'LeftBehind', message, action: 'Remove' });
  if (state !== 'moved') return;
  const metadata = { name: objectName(site, 'keys'), namespace: network };
  await remove(context.client, { apiVersion: 'v1', kind: 'Secret', metadata });
}

async function letGo({ client }: Pick<Context, 'client'>, object: KubeObject): Promise<void> {
  const { resourceVersion, finalizers = [] } = object.metadata;
  const left = finalizers.filter((one) => one !== FINALIZER);
  try {
    await client.request({
      method: 'PATCH',
      path: objectPath(object),
      contentType: 'application/merge-patch+json',
      body: { metadata: { resourceVersion, finalizers: left.length > 0 ? left : null } },
    });
  } catch (error) {
    // Already gone, or changed in the meantime: then the next reconciliation handles it.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
