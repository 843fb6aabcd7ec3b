import { createHash } from 'node:crypto';
import type { SitePlan } from './site-plan.ts';

/** Plans are hashed every few seconds and never mutated, so hashes can be cached. */
const known = new WeakMap<SitePlan, string>();

/** Eight characters that distinguish plans, to see whether a site uses the plan made for it. */
export function planHash(plan: SitePlan): string {
  const hash = known.get(plan) ?? plan.planned ?? hashOf(plan);
  known.set(plan, hash);
  return hash;
}

const hashOf = (plan: SitePlan) => createHash('sha256').update(JSON.stringify(plan)).digest('base64url').slice(0, 8);
