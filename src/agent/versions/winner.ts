import { formatId, type Version, type VersionId } from './version.ts';

type Node = Pick<Version, 'origin' | 'seq' | 'kind' | 'base' | 'merges' | 'clock'>;

/**
 * The heads of one path: its versions that are no other's ancestor, the winner first.
 *
 * Every site decides the same without asking, because the result depends only on the set of versions, never on the order of
 * arrival or on a wall clock: a version that is not a deletion beats a deletion, a directory beats anything else (its
 * entries need it), then the higher clock wins, then the higher origin name. A base that is not known here yet is ignored;
 * once it arrives it is an ancestor.
 */
export function headsOf<V extends Node>(versions: V[]): V[] {
  const parents = new Set<string>();
  for (const v of versions) for (const p of parentsOf(v)) parents.add(formatId(p));
  return versions.filter((v) => !parents.has(formatId(v))).sort(byRank);
}

/** Whether `ancestor` is `version` itself or in the history that its author edited from. */
export function descendsFrom(version: Node, ancestor: VersionId, byId: Map<string, Node>): boolean {
  const wanted = formatId(ancestor);
  const open = [formatId(version)];
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === wanted) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    const node = byId.get(id);
    if (node?.base) open.push(formatId(node.base));
  }
  return false;
}

const KIND_RANK = { dir: 0, file: 1, symlink: 1, deleted: 2 };

/** Sorts winners first. */
export function byRank(a: Node, b: Node): number {
  const kind = KIND_RANK[a.kind] - KIND_RANK[b.kind];
  if (kind !== 0) return kind;
  if (a.clock !== b.clock) return b.clock - a.clock;
  return a.origin < b.origin ? 1 : a.origin > b.origin ? -1 : b.seq - a.seq;
}

function parentsOf(v: Node): VersionId[] {
  return v.base ? [v.base, ...v.merges] : v.merges;
}
