import { createHash } from 'node:crypto';
import type { SitePlan } from './site-plan.ts';

/** A plan is asked for every few seconds, and is never changed: another one takes its place. */
const known = new WeakMap<SitePlan, string>();

/** Eight characters that tell one plan from another: whether a site goes by the plan that was made for it. */
export function planHash(plan: SitePlan): string {
  const hash = known.get(plan) ?? plan.planned ?? hashOf(plan);
  known.set(plan, hash);
  return hash;
}

const hashOf = (plan: SitePlan) => createHash('sha256').update(JSON.stringify(plan)).digest('base64url').slice(0, 8);
