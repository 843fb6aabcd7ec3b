import { createHash } from 'node:crypto';
import { changedFields } from '../kube/changed-fields.ts';
import type { NewEvent } from '../kube/events.ts';
import { type KubeObject, keyOf } from '../kube/object.ts';
import { siteUidOf } from '../objects/remote-object.ts';

/**
 * What the operator remembers of the objects that it put in order, so that it can tell its own changes from those of others. A new operator
 * remembers nothing, and takes what it finds for given.
 */
export interface Upkeep {
  /**
   * Takes note of an object that was looked at. Returns what there is to tell: that somebody deleted or changed it, and that it is in order again.
   * @param live as it was found
   * @param written as the server answered; undefined when nothing had to be written
   */
  note(desired: KubeObject, live: KubeObject | undefined, written: KubeObject | undefined): NewEvent | undefined;
  /** After this a network begins anew. */
  forget(network: string): void;
}

/** An object that was in order. */
export interface Known {
  /** Of whom it was made for: a site that was removed and came back under its name has objects of its own. */
  owner: string | undefined;
  /** Of what was wanted. */
  digest: string;
  resourceVersion: string | undefined;
}

/** What happened to an object, before it was written. Pure. */
export function fate(
  known: Known | undefined,
  now: Known,
  kind: string,
  live: KubeObject | undefined,
): 'ours' | 'deleted' | 'changed' {
  if (!known || known.owner !== now.owner) return 'ours';
  if (!live) return 'deleted';
  // What a Secret should hold is read from what it holds: there a change of somebody else's changes what is wanted.
  const wantedSame = known.digest === now.digest || kind === 'Secret';
  return wantedSame && live.metadata.resourceVersion !== known.resourceVersion ? 'changed' : 'ours';
}

export function createUpkeep(): Upkeep {
  const networks = new Map<string, Map<string, Known>>();
  return {
    note(desired, live, written) {
      const { namespace = '', ownerReferences } = desired.metadata;
      const objects = networks.get(namespace) ?? new Map<string, Known>();
      networks.set(namespace, objects);
      const now: Known = {
        owner: ownerReferences?.[0]?.uid ?? siteUidOf(desired),
        digest: createHash('sha256').update(JSON.stringify(desired)).digest('base64').slice(0, 16),
        resourceVersion: (written ?? live)?.metadata.resourceVersion,
      };
      const known = objects.get(keyOf(desired));
      objects.set(keyOf(desired), now);
      if (!written) return undefined;
      return driftEvent(fate(known, now, desired.kind, live), desired, live);
    },
    forget: (network) => void networks.delete(network),
  };
}

/** Such a Secret's content is nowhere else. */
const HOLDS_KEYS = /^Secret (.*-keys|sitesync-authority.*)$/;

function driftEvent(
  what: ReturnType<typeof fate>,
  desired: KubeObject,
  live: KubeObject | undefined,
): NewEvent | undefined {
  const name = `${desired.kind} ${desired.metadata.name}`;
  if (what === 'deleted') {
    const anew = HOLDS_KEYS.test(name) ? ', with new keys and passwords' : '';
    const message = `${name} was deleted by somebody. It was made again${anew}`;
    return { type: 'Warning', reason: 'ObjectRestored', message, action: 'Restore' };
  }
  if (what === 'ours' || !live) return undefined;
  const fields = changedFields(desired, live);
  const end = desired.kind === 'Secret' ? 'What was of no use any more was made anew' : 'It was set back';
  const message = `${name} was changed by somebody${fields ? ` (${fields})` : ''}. ${end}`;
  return { type: 'Warning', reason: 'DriftCorrected', message, action: 'Correct' };
}
