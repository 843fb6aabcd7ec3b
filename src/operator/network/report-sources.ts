import type { SitePlan } from '../../topology/site-plan.ts';
import type { RemotePlacement } from './remote-placement.ts';

/**
 * The sites whose agents are asked for a report of the network: the hubs, which know most, those of this cluster first. If
 * no hub can be asked, children of this cluster stand in.
 */
export function reportSources(plans: SitePlan[], { sites }: RemotePlacement): SitePlan[] {
  const asked = plans.filter(({ expose }) => expose);
  const here = asked.filter(({ site }) => !sites.has(site));
  const isHub = ({ role }: SitePlan) => role === 'hub';
  const away = asked.filter((plan) => isHub(plan) && sites.get(plan.site)?.observed.pod(plan.site) !== undefined);
  const hubs = [...here.filter(isHub), ...away];
  return hubs.length > 0 ? hubs : here.slice(0, 3);
}
