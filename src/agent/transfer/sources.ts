import type { SitePlan } from '../../topology/site-plan.ts';
import { type Custody, holds, mayHold } from '../versions/custody.ts';
import type { VersionId } from '../versions/version.ts';

/** A neighbour from which something can be pulled now. */
export interface Source {
  peer: string;
  /** Its custody, by origin. */
  custody: Map<string, Custody>;
}

/**
 * The neighbour to pull a version from: one that is connected and holds it; preferably its origin, then the origin's hub,
 * then by name. After a failure it is the next one's turn: a neighbour may no longer have on its disk what it says it
 * holds. If none says so, one that may hold it is tried. Undefined while no neighbour has it: it is on its way to one of
 * them. Pure.
 * @param attempts how often it was tried before
 */
export function chooseSource(
  plan: Pick<SitePlan, 'sites'>,
  sources: Source[],
  version: VersionId,
  attempts = 0,
): string | undefined {
  const hubOfOrigin = plan.sites.find((site) => site.name === version.origin)?.hub;
  const rank = (peer: string) => (peer === version.origin ? 0 : peer === hubOfOrigin ? 1 : 2);
  const those = (is: typeof holds) =>
    sources
      .filter((source) => is(source.custody.get(version.origin), version.seq))
      .map((source) => source.peer)
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const holders = those(holds);
  const candidates = holders.length > 0 ? holders : those(mayHold);
  return candidates[attempts % candidates.length];
}
