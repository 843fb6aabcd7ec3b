import type { ChangeKind } from '../../web/contract/common.ts';
import { isRepeat } from '../versions/contested.ts';
import { formatId, sameContent, type Version } from '../versions/version.ts';

/**
 * What a version did to its path. Whether both edits were kept shows in the copy: whether it was deleted. Pure.
 * @param known all versions of its path
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
