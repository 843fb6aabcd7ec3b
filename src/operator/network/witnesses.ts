import type { SitePlan } from '../../topology/site-plan.ts';
import type { RemotePlacement } from './remote-placement.ts';

/**
 * Sites whose agents tell how the network stands: hubs hear the most, those of this cluster before those behind another API server.
 * Children of this cluster stand in for hubs that cannot be asked.
 */
export function witnesses(plans: SitePlan[], { sites }: RemotePlacement): SitePlan[] {
  const asked = plans.filter(({ expose }) => expose);
  const here = asked.filter(({ site }) => !sites.has(site));
  const isHub = ({ role }: SitePlan) => role === 'hub';
  const away = asked.filter((plan) => isHub(plan) && sites.get(plan.site)?.observed.pod(plan.site) !== undefined);
  const hubs = [...here.filter(isHub), ...away];
  return hubs.length > 0 ? hubs : here.slice(0, 3);
}
