import type { SitePlan } from '../../../topology/site-plan.ts';

/**
 * The neighbour with which the rows of `origin` are compared: the origin itself if it is a neighbour, else one on the way
 * to it. So every copy is compared with one that is nearer to its origin. Undefined while none is connected. Pure.
 * @param connected neighbours that can be reached now
 */
export function speakerFor(
  plan: Pick<SitePlan, 'site' | 'sites' | 'links'>,
  connected: string[],
  origin: string,
): string | undefined {
  const links = plan.links.filter(({ peer }) => connected.includes(peer));
  if (links.some(({ peer }) => peer === origin)) return origin;
  // Another child is a source about nobody but itself.
  const hubs = links.filter(({ kind }) => kind !== 'downlink').map(({ peer }) => peer);
  const home = plan.sites.find(({ name }) => name === origin)?.hub;
  return hubs.find((hub) => hub === home) ?? hubs[0];
}
