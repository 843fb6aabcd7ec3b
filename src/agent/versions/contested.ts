import { formatId, sameContent, sameId, type Version, type VersionId } from './version.ts';
import { descendsFrom, headsOf } from './winner.ts';

type ById = Map<string, Version>;

/**
 * Whether a path has concurrent edits that nobody has resolved. Pure. Deletions and equal contents leave no choice; neither
 * does a restatement of an edit that the winner was made from.
 */
export function isContested(family: Version[]): boolean {
  const [winner, ...rivals] = headsOf(family);
  if (!winner || winner.kind === 'deleted' || winner.kind === 'dir') return false;
  const byId = byName(family);
  return rivals.some(
    (rival) =>
      rival.kind !== 'deleted' && !sameContent(rival, winner) && !descendsFrom(winner, editIn(rival, byId), byId),
  );
}

/**
 * Whether a conflict is over: the copy of the losing edit is gone, or somebody restated the file with that edit merged
 * (journal/settle.ts). Pure. An edit merges it too, but its author need not have seen the copy.
 */
export function isSettled(losing: VersionId, family: Version[], copies: Version[]): boolean {
  if (headsOf(copies)[0]?.kind === 'deleted') return true;
  const byId = byName(family);
  return family.some((version) => {
    const base = version.base && byId.get(formatId(version.base));
    return base && isRepeat(version, base) && version.merges.some((id) => sameId(id, losing));
  });
}

/** The version whose content this one only restates, like one that was taken over from a former site. */
export function editIn(version: Version, byId: ById): Version {
  const seen = new Set<Version>();
  for (let at = version; ; ) {
    seen.add(at);
    const base = at.base && byId.get(formatId(at.base));
    // Rows are untrusted input: they may name each other as base.
    if (!base || seen.has(base) || !sameContent(base, at)) return at;
    at = base;
  }
}

/** Whether a version only restates its base. Pure. */
export function isRepeat(version: Version, base: Version): boolean {
  return sameContent(version, base) && version.mtimeNs === base.mtimeNs && version.mode === base.mode;
}

function byName(family: Version[]): ById {
  return new Map(family.map((version) => [formatId(version), version]));
}
