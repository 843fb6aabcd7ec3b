import { createHash } from 'node:crypto';
import { changedFields } from '../kube/changed-fields.ts';
import type { NewEvent } from '../kube/events.ts';
import { type KubeObject, keyOf } from '../kube/object.ts';
import { siteUidOf } from '../objects/remote-object.ts';

/**
 * Remembers which objects were as desired, to tell the operator's own changes from those of others. A new operator
 * remembers nothing and accepts what it finds.
 */
export interface DriftTracker {
  /**
   * Notes an object after it was applied. Returns the Event to record if somebody else deleted or changed it.
   * @param live the object as it was found
   * @param written the server's response; undefined when nothing had to be written
   */
  note(desired: KubeObject, live: KubeObject | undefined, written: KubeObject | undefined): NewEvent | undefined;
  /** Forgets the objects of a network. */
  forget(network: string): void;
}

/** An object that was as desired. */
export interface AppliedObject {
  /** Uid of the Site it was created for: a Site that was deleted and recreated has objects of its own. */
  owner: string | undefined;
  /** Of the desired object. */
  digest: string;
  resourceVersion: string | undefined;
}

/** What happened to an object since it was last as desired. Pure. */
export function driftOf(
  known: AppliedObject | undefined,
  now: AppliedObject,
  kind: string,
  live: KubeObject | undefined,
): 'ours' | 'deleted' | 'changed' {
  if (!known || known.owner !== now.owner) return 'ours';
  if (!live) return 'deleted';
  // The desired content of a Secret is derived from its live content, so a foreign change to it also changes what is
  // desired.
  const wantedSame = known.digest === now.digest || kind === 'Secret';
  return wantedSame && live.metadata.resourceVersion !== known.resourceVersion ? 'changed' : 'ours';
}

export function createDriftTracker(): DriftTracker {
  const networks = new Map<string, Map<string, AppliedObject>>();
  return {
    note(desired, live, written) {
      const { namespace = '', ownerReferences } = desired.metadata;
      const objects = networks.get(namespace) ?? new Map<string, AppliedObject>();
      networks.set(namespace, objects);
      const now: AppliedObject = {
        owner: ownerReferences?.[0]?.uid ?? siteUidOf(desired),
        digest: createHash('sha256').update(JSON.stringify(desired)).digest('base64').slice(0, 16),
        resourceVersion: (written ?? live)?.metadata.resourceVersion,
      };
      const known = objects.get(keyOf(desired));
      objects.set(keyOf(desired), now);
      if (!written) return undefined;
      return driftEvent(driftOf(known, now, desired.kind, live), desired, live);
    },
    forget: (network) => void networks.delete(network),
  };
}

/** The contents of these Secrets exist nowhere else. */
const HOLDS_KEYS = /^Secret (.*-keys|sitesync-authority.*)$/;

function driftEvent(
  what: ReturnType<typeof driftOf>,
  desired: KubeObject,
  live: KubeObject | undefined,
): NewEvent | undefined {
  const name = `${desired.kind} ${desired.metadata.name}`;
  if (what === 'deleted') {
    const anew = HOLDS_KEYS.test(name) ? ', with new keys and passwords' : '';
    const message = `${name} was deleted externally and has been recreated${anew}`;
    return { type: 'Warning', reason: 'ObjectRestored', message, action: 'Restore' };
  }
  if (what === 'ours' || !live) return undefined;
  const fields = changedFields(desired, live);
  const end = desired.kind === 'Secret' ? 'Unusable parts have been recreated' : 'The changes have been reverted';
  const message = `${name} was modified externally${fields ? ` (${fields})` : ''}. ${end}`;
  return { type: 'Warning', reason: 'DriftCorrected', message, action: 'Correct' };
}
