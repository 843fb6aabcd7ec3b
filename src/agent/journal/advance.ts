import { type Head, headFrom } from '../store/head.ts';
import type { PathRef } from '../store/path-ref.ts';
import { sameId, type Version } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';

/**
 * The head of a path after one more version, incrementally; undefined when the histories may fork and the whole family of
 * the path must be loaded. Equals {@link headOfFamily} whenever it answers.
 */
export function advance(ref: PathRef, head: Head | undefined, version: Version): Head | undefined {
  if (!head) return version.base || version.merges.length ? undefined : headFrom(ref, version, 0);
  if (head.rivals === 0 && sameId(version.base, head)) return headFrom(ref, version, 0);
  return undefined;
}

/** The head of a path from all its versions; undefined when there are none. */
export function headOfFamily(ref: PathRef, family: Version[]): Head | undefined {
  const [winner, ...rivals] = headsOf(family);
  return winner && headFrom(ref, winner, rivals.length);
}
