import type { BrakeLimit } from '../../api/brake.ts';
import type { DiskState } from '../fs/disk-state.ts';
import { type Kind, sameContent } from '../versions/version.ts';

/**
 * What a change takes away from all other sites: an entry that they have, or its content. Undefined for everything else:
 * new files, changed times and modes, and what becomes a directory, into which it may have moved. Pure.
 */
export function lossOf(
  before: { kind: Kind; sha256?: Buffer } | undefined,
  state: Pick<DiskState, 'kind' | 'sha256'> | undefined,
): 'deleted' | 'overwritten' | undefined {
  if (!before || before.kind === 'deleted') return undefined;
  if (!state) return 'deleted';
  return state.kind === 'dir' || sameContent(before, state) ? undefined : 'overwritten';
}

/**
 * Whether this many losses within one window are too many: more than the folder's minimum, and more than its share of all
 * files or its absolute limit. Pure and monotonic: more losses are never held less.
 * @param total files in the folder, including the lost ones
 */
export function isTooMuch({ files, percent, most }: BrakeLimit, lost: number, total: number): boolean {
  return lost > files && (lost > most || lost * 100 > percent * total);
}

/** How many files of a folder must be counted at most to know whether `lost` of them are too many. */
export function filesThatMatter({ percent }: BrakeLimit, lost: number): number {
  return percent === 0 ? 0 : Math.ceil((lost * 100) / percent);
}
