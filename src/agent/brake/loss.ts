import type { BrakeLimit } from '../../api/brake.ts';
import type { DiskState } from '../fs/disk-state.ts';
import { type Kind, sameContent } from '../versions/version.ts';

/**
 * What a change takes away from all other sites: something that they have, or its content. Undefined for everything else:
 * new files, other times and modes, and what becomes a directory, into which it may have moved. Pure.
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
 * Whether so many losses within one window are too many to be meant: more than the folder's least number, and more than
 * its part of all files or more than its greatest number. Pure; more losses never become fewer held ones.
 *
 * @param total files of the folder, the lost ones too
 */
export function isTooMuch({ files, percent, most }: BrakeLimit, lost: number, total: number): boolean {
  return lost > files && (lost > most || lost * 100 > percent * total);
}

/** So many files of a folder have to be counted, no more, to know whether `lost` of them are too many. */
export function filesThatMatter({ percent }: BrakeLimit, lost: number): number {
  return percent === 0 ? 0 : Math.ceil((lost * 100) / percent);
}
