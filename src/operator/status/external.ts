import type { SiteReport } from '../../api/network-report.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { condition, type NewCondition } from './conditions.ts';

/** Where the status of an external site differs from that of a pod. All functions are pure. */

/** The instruction to join. */
const joining = ({ site, network }: SitePlan) =>
  `npx sitesync bundle ${site} -n ${network} > ${site}.bundle, and on its machine: npx sitesync join ${site}.bundle`;

/**
 * The condition of a site that no hub hears.
 * @param last when a hub last heard it, in RFC 3339
 */
export function awayCondition(plan: SitePlan, { summary }: SiteReport, last: string | undefined): NewCondition {
  // An earlier heartbeat may be that of the pod that it was before.
  if (last === undefined || summary.instance === undefined)
    return condition(
      'Connected',
      'False',
      'NotJoined',
      `Its machine has not joined yet. Create a bundle: ${joining(plan)}`,
    );
  const look = 'On the machine, sitesync status says why';
  return condition(
    'Connected',
    'False',
    'Away',
    `Its machine has been off or unable to reach a hub since ${last}. ${look}`,
  );
}

export const PLAN_PENDING =
  'The site still uses its previous plan; while connected it checks for a new one every 30 seconds';

/** It has been away since before its certificate expired: a new one cannot reach it. */
export function leftBehind(plan: SitePlan, seen: SiteReport | undefined, now: number): NewCondition | undefined {
  const { validUntil } = seen?.summary ?? {};
  if (seen?.connected || validUntil === undefined || validUntil > now) return undefined;
  const message = `The certificate on its machine expired while it was away. Create a new bundle: ${joining(plan)}`;
  return condition('KeysValid', 'False', 'BundleExpired', message);
}

export const MAKE_ROOM = 'Free up space on its machine';
