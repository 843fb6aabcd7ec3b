import type { SiteReport } from '../../api/network-report.ts';
import { condition, type NewCondition } from './conditions.ts';
import { leftBehind } from './external.ts';
import type { SiteFacts } from './site-facts.ts';

const DAY = 86_400_000;
/**
 * Certificates are renewed long before: when so little remains, something prevents that. The alert uses the same limit.
 */
const EXPIRING_MS = 7 * DAY;

/** Whether the site's keys are valid: those issued for it and those it uses. Pure. */
export function keysCondition(
  { keys, plan, now }: Pick<SiteFacts, 'keys' | 'plan' | 'now'>,
  seen: SiteReport | undefined,
): NewCondition {
  if (!keys) return condition('KeysValid', 'Unknown', 'NotPlanned', 'The site is not part of the network yet');
  if (keys.failure) {
    const { reason, message } = keys.failure;
    return condition('KeysValid', 'False', reason, `${message}. The site continues with its current keys`);
  }
  const behind = plan?.external ? leftBehind(plan, seen, now) : undefined;
  if (behind) return behind;
  const ends = [keys.validUntil, seen?.connected ? seen.summary.validUntil : undefined];
  const left = Math.min(...ends.filter((end) => end !== undefined)) - now;
  const where = plan?.external ? "sitesync's log on its machine" : 'the kubelet on its node';
  const remedy = `renew it if you supplied it; otherwise see the log of the operator, and ${where}`;
  if (left <= 0) return condition('KeysValid', 'False', 'Expired', `A certificate has expired: ${remedy}`);
  if (left < EXPIRING_MS)
    return condition('KeysValid', 'False', 'Expiring', `A certificate expires within a week: ${remedy}`);
  return condition('KeysValid', 'True', 'Valid', 'All certificates are valid for more than a week');
}
