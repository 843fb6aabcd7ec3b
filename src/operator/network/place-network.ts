import { rosterOf } from '../../topology/roster.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { applyObject } from '../apply/apply-objects.ts';
import { isTooLarge } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import { NetworkTooLarge, networkObjects } from '../objects/network-objects.ts';
import type { Failure } from '../status/conditions.ts';
import type { Context } from './context.ts';

/**
 * Applies the objects that all sites of a network share, in order. Returns them, or why that is impossible: then the sites
 * stay as they are, because each depends on the shared objects, and each reports the failure.
 * @param first objects that an operator of this release needs
 */
export async function placeNetwork(
  context: Pick<Context, 'client' | 'caches' | 'drift' | 'recorder' | 'version' | 'log'>,
  network: string,
  plans: SitePlan[],
  first: KubeObject[],
): Promise<{ shared: KubeObject[]; failure?: undefined } | { failure: Failure }> {
  try {
    const roster = rosterOf(plans);
    const shared = roster ? networkObjects(network, context.version, roster) : [];
    for (const object of [...first, ...shared]) await applyObject(context, object);
    return { shared };
  } catch (error) {
    if (!(error instanceof NetworkTooLarge || isTooLarge(error))) throw error;
    const { message } = error as Error;
    context.log.error({ network, reason: message }, 'a network is too large');
    return { failure: { reason: 'NetworkTooLarge', message: `${message}. The sites continue as before` } };
  }
}
