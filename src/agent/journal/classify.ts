import type { DiskState } from '../fs/disk-state.ts';
import { MODE_MASK, type ModeRule, modeToJournal, travelling } from '../fs/modes.ts';
import type { Head } from '../store/head.ts';
import { type IndexEntry, isDamaged, isUnversioned } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { sameContent, sameId, type Version, type VersionId } from '../versions/version.ts';

/** A finding at a path that differs from the index, hashed when stable. */
export interface DiskObservation {
  ref: PathRef;
  /** The index entry it was compared with: if the index has changed since, the observation is void. */
  against: IndexEntry | undefined;
  /** Undefined when nothing is there any more. */
  state?: DiskState;
  /** It was seen while the folder was being adopted: an old state of a known path is that version, not a new edit. */
  adopt?: boolean;
  /** More was seen in the folder at the same time than is considered here. */
  crowded?: boolean;
  /** A user made or approved it: it never waits for approval. */
  approved?: boolean;
}

/**
 * What an observation means. Pure; invariants: an observation never changes the tree, and the base of its version is what
 * its author had on disk.
 */
export type Classification =
  | { is: 'known'; entry: IndexEntry }
  | { is: 'head'; entry: IndexEntry }
  | {
      is: 'new';
      version: Omit<Version, 'seq' | 'origin' | 'clock' | 'detectedAt' | 'author' | 'merges'>;
      mergesRivals: boolean;
    }
  | { is: 'past'; entry: IndexEntry }
  /** What was here is deleted everywhere: only the index entry is removed. */
  | { is: 'gone' }
  | { is: 'nothing' };

/**
 * @param past the known version that this state equals, when it was seen during adoption
 * @param rule what of its mode travels
 */
export function classify(
  { ref, against, state, adopt }: DiskObservation,
  head: Head | undefined,
  past?: VersionId,
  rule: ModeRule = 'full',
): Classification {
  const base = baseOf(against, head);
  const place = { folder: ref.folder, path: ref.path, ...(base && { base: { origin: base.origin, seq: base.seq } }) };
  const mergesRivals = sameId(base, head) && (head?.rivals ?? 0) > 0;
  if (!state) {
    if (!against) return { is: 'nothing' };
    if (head?.kind === 'deleted') return { is: 'gone' };
    return { is: 'new', version: { ...place, kind: 'deleted', size: 0, mtimeNs: 0n, mode: 0 }, mergesRivals };
  }
  const { kind, size, mtimeNs, ctimeNs, ino, sha256, sparsity, target } = state;
  const mode = state.mode & MODE_MASK;
  const stats = { ref, kind, size, mtimeNs, ctimeNs, ino, mode, ...(sha256 && { sha256 }) };
  const sameTimes = (other: Pick<Version, 'mtimeNs'>) => kind === 'dir' || other.mtimeNs === mtimeNs;
  const sameIndexed = (entry: IndexEntry) =>
    sameContent(entry, state) &&
    (kind === 'symlink' || travelling(rule, kind, entry.mode) === travelling(rule, kind, mode)) &&
    sameTimes(entry);
  // The mode of a version and the one that it has on this disk may differ by the rules of this office.
  const isSameKind = against?.kind === kind;
  const placed = isSameKind ? { here: against.mode, version: versionMode(against, head) } : undefined;
  const journaled = modeToJournal(rule, kind, mode, placed);
  const sameAs = (other: Head) =>
    sameContent(other, state) && (kind === 'symlink' || other.mode === journaled) && sameTimes(other);
  // Damaged content stays what it is, whatever its times: it is not an edit that somebody made.
  const isStillDamaged = against !== undefined && isDamaged(against) && sameContent(against, state);
  if (against && (isStillDamaged || sameIndexed(against)))
    return { is: 'known', entry: { ...stats, origin: against.origin, seq: against.seq } };
  // Equal content that is not indexed yet, as on the first pass over an existing tree, is the head, whatever its times.
  if (head && head.kind !== 'deleted' && (against && !adopt ? sameAs(head) : sameContent(head, state))) {
    return { is: 'head', entry: { ...stats, origin: head.origin, seq: head.seq } };
  }
  if (past) return { is: 'past', entry: { ...stats, origin: past.origin, seq: past.seq } };
  return {
    is: 'new',
    version: {
      ...place,
      kind,
      size,
      mtimeNs,
      mode: journaled,
      ...(sha256 && { sha256 }),
      ...(sparsity !== undefined && { sparsity }),
      ...(target !== undefined && { target }),
    },
    mergesRivals,
  };
}

/** That of an older version is not at hand: then it is taken for the one on the disk. */
const versionMode = (entry: IndexEntry, head: Head | undefined) => (sameId(entry, head) ? head!.mode : entry.mode);

/** What the author of an edit had on disk: the indexed version or, if there was nothing, the deletion that emptied the path. */
function baseOf(against: IndexEntry | undefined, head: Head | undefined): VersionId | undefined {
  if (against && !isUnversioned(against)) return against;
  return against || head?.kind === 'deleted' ? head : undefined;
}
