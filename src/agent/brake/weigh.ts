import type { BrakeLimits } from '../../api/brake.ts';
import type { DiskState } from '../fs/disk-state.ts';
import type { Head } from '../store/head.ts';
import type { Held, PreviousVersion } from '../store/held.ts';
import { type IndexEntry, isUnversioned } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { type Brake, brakeLimits } from './brake.ts';
import { lossOf } from './loss.ts';

/** A change that is about to be journaled. */
export interface Change {
  observation: {
    ref: PathRef;
    /** Absent when nothing is there any more. */
    state?: Pick<DiskState, 'kind' | 'size' | 'mtimeNs' | 'sha256'>;
    /** More was seen in the folder at the same time than is considered here. */
    crowded?: boolean;
  };
  /** A user made or approved it by name. */
  isByPerson: boolean;
  /** What it was made from. */
  from: IndexEntry | undefined;
  head: Head | undefined;
  /** It is already held, in this or another form. */
  before: Held | undefined;
}

/**
 * Which of a folder's changes are not journaled now, by path id, in the form of the table `held`. Every deletion waits
 * until the brake has seen what else happens; an overwrite only when it may be one of many. What a user made or approved by
 * name never waits.
 * @param at the time by the wall clock (Unix ms), and in monotonic ms
 */
export function weigh(
  brake: Pick<Brake, 'recent' | 'isBurst'>,
  plan: { name: string; brake?: BrakeLimits },
  changes: Change[],
  at: { now: number; monotonic: number },
): Map<string, Held> {
  const waiting = new Map<string, Held>();
  if (changes.length === 0) return waiting;
  const limits = brakeLimits(plan);
  const losses = changes.flatMap((change) => {
    const { observation, from, head, before, isByPerson } = change;
    const loss = lossOf(from, observation.state);
    const was = from && wasOf(from, head);
    if (!loss || !was || isByPerson) return [];
    return before || limits.enabled ? [{ ...change, loss, was }] : [];
  });
  // What replaced a directory waits together with its deleted contents.
  const isOverwrite = ({ loss, before, was }: (typeof losses)[number]) =>
    loss === 'overwritten' && !before && was.kind !== 'dir';
  const overwrites = losses.filter(isOverwrite);
  const ids = overwrites.map(({ observation }) => observation.ref.id);
  const { overwritten } = brake.recent(plan.name);
  const flows =
    !brake.isBurst(plan.name, ids) &&
    !overwrites.some(({ observation }) => observation.crowded) &&
    overwritten.count(at.monotonic) + ids.length <= limits.overwrites.files;
  if (flows) overwritten.add(ids, at.monotonic);
  for (const one of losses) {
    const { observation, before, was } = one;
    if (flows && isOverwrite(one)) continue;
    waiting.set(observation.ref.id, {
      ref: observation.ref,
      was,
      now: nowOf(observation.state),
      since: before?.since ?? at.now,
      needsApproval: before?.needsApproval ?? false,
    });
  }
  return waiting;
}

/** Undefined when no version of it is known: then there is nothing to restore. */
function wasOf(from: IndexEntry, head: Head | undefined): PreviousVersion | undefined {
  const { origin, seq, kind, size, mtimeNs, mode, sha256 } = from;
  if (!isUnversioned(from)) return { origin, seq, kind, size, mtimeNs, mode, ...(sha256 && { sha256 }) };
  if (!head || head.kind === 'deleted') return undefined;
  return {
    origin: head.origin,
    seq: head.seq,
    kind: head.kind,
    size: head.size,
    mtimeNs: head.mtimeNs,
    mode: head.mode,
    ...(head.sha256 && { sha256: head.sha256 }),
  };
}

function nowOf(state: Change['observation']['state']): Held['now'] {
  if (!state) return { kind: 'deleted', size: 0, mtimeNs: 0n };
  return { kind: state.kind, size: state.kind === 'file' ? state.size : 0, mtimeNs: state.mtimeNs };
}
