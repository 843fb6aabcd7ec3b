import type { ChannelState } from '../../database/engine.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

/**
 * Why a channel does not go on, and what to do, for people. Pure.
 *
 * `purged` between hubs: a site that becomes a hub has no log of what it took in before, and a log is kept for a week. Whoever lacks such rows gets
 * them from another hub that logged them, and goes on then. A child copies the tables of its hub instead; a hub cannot, because its own children would
 * never hear of rows that are not in its log.
 */
export function whyStopped(
  { site, links }: Pick<SitePlan, 'site' | 'links'>,
  { peer, state, error }: ChannelState,
): string {
  const words = error ?? 'it has stopped';
  if (state !== 'purged') return words;
  if (links.find((link) => link.peer === peer)?.kind === 'uplink')
    return 'it no longer has the rows that come next. They are copied from its tables, and this goes on';
  const remedy = `remove Hub ${site} and list ${peer} in spec.hubs of its Site until that is in sync, then apply the Hub again`;
  return `it has no log of the rows that come next: they are from before it was a hub, or too old. Another hub may bring them. If none does, ${remedy}`;
}
