import { descendsFrom, headsOf } from './heads.ts';
import { formatId, sameContent, sameId, type Version, type VersionId } from './version.ts';

type ById = Map<string, Version>;

/**
 * Whether edits of one path stand beside each other and nobody has had a word about them. Pure. Deletions and equal
 * contents leave nothing to choose from; nor does what only says again an edit that the winner was made from.
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
 * Whether a conflict is over: the copy of the losing edit is gone, or somebody said the file again as it is with that edit
 * merged (journal/settle.ts). Pure. An edit merges it too, but its author need not have looked at the copy.
 */
export function isSettled(losing: VersionId, family: Version[], copies: Version[]): boolean {
  if (headsOf(copies)[0]?.kind === 'deleted') return true;
  const byId = byName(family);
  return family.some((version) => {
    const base = version.base && byId.get(formatId(version.base));
    return base && isRepeat(version, base) && version.merges.some((id) => sameId(id, losing));
  });
}

/** The version whose content this one only says again, as one that was taken over from a former site does. */
export function editIn(version: Version, byId: ById): Version {
  const seen = new Set<Version>();
  for (let at = version; ; ) {
    seen.add(at);
    const base = at.base && byId.get(formatId(at.base));
    // Rows are input from a stranger: they may name each other as base.
    if (!base || seen.has(base) || !sameContent(base, at)) return at;
    at = base;
  }
}

/** Whether a version only says its base again. Pure. */
export function isRepeat(version: Version, base: Version): boolean {
  return sameContent(version, base) && version.mtimeNs === base.mtimeNs && version.mode === base.mode;
}

function byName(family: Version[]): ById {
  return new Map(family.map((version) => [formatId(version), version]));
}
