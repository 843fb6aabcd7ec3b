import { rosterOf } from '../../topology/roster.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { applyObject } from '../apply/apply-objects.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import { NetworkTooLarge, networkObjects } from '../objects/network-objects.ts';
import type { Failure } from '../status/conditions.ts';
import type { Context } from './context.ts';

/** How the API server or its store rejects an object that is too large. */
const TOO_LARGE = /too long|too large/i;

/**
 * Applies the objects that all sites of a network share, in order, and returns them; or why that is impossible. Then the
 * sites stay as they are, because each depends on the shared objects, and each reports it.
 * @param first the objects that a new operator needs
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
    const isTooLarge =
      error instanceof NetworkTooLarge || (error instanceof KubeError && TOO_LARGE.test(error.message));
    if (!isTooLarge) throw error;
    const { message } = error;
    context.log.error({ network, reason: message }, 'a network is too large');
    return { failure: { reason: 'NetworkTooLarge', message: `${message}. The sites continue as before` } };
  }
}
