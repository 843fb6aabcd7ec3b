import { createHash } from 'node:crypto';
import type { SitePlan } from './site-plan.ts';

/** Eight characters that tell one plan from another: whether a site goes by the plan that was made for it. */
export function planHash(plan: SitePlan): string {
  return plan.planned ?? createHash('sha256').update(JSON.stringify(plan)).digest('base64url').slice(0, 8);
}
