import type { ChangeKind } from '../../web/contract/common.ts';
import { isRepeat } from '../versions/contested.ts';
import { formatId, sameContent, type Version } from '../versions/version.ts';

/**
 * What a version did, as far as the versions themselves show; `known`: those of its path. Pure. Whether the other edit is
 * kept too shows in its copy: whether that was deleted.
 */
export function happenedWith(version: Version, known: Map<string, Version>): ChangeKind {
  if (version.kind === 'deleted') return 'deleted';
  if (!version.base) return 'made';
  const base = known.get(formatId(version.base));
  if (!base || version.merges.length === 0) return 'changed';
  if (isRepeat(version, base)) return 'settledThis';
  const merged = version.merges.map((id) => known.get(formatId(id)));
  const isThat = !sameContent(version, base) && merged.some((other) => other && sameContent(version, other));
  return isThat ? 'settledThat' : 'changed';
}
