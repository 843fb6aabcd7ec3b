import type { SitePlan } from '../../topology/site-plan.ts';
import { type Custody, holds } from '../versions/custody.ts';
import type { VersionId } from '../versions/version.ts';

/** A neighbour from which something can be pulled now. */
export interface Source {
  peer: string;
  /** Its custody, by origin. */
  custody: Map<string, Custody>;
}

/**
 * The neighbour to pull a version from: one that is connected and holds it; preferably its origin, then the origin's hub,
 * then by name. Undefined while no neighbour has it: it is on its way to one of them. Pure.
 */
export function chooseSource(plan: Pick<SitePlan, 'sites'>, sources: Source[], version: VersionId): string | undefined {
  const hubOfOrigin = plan.sites.find((site) => site.name === version.origin)?.hub;
  const rank = (peer: string) => (peer === version.origin ? 0 : peer === hubOfOrigin ? 1 : 2);
  return sources
    .filter((source) => holds(source.custody.get(version.origin), version.seq))
    .map((source) => source.peer)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0];
}
