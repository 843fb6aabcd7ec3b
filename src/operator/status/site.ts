import type { SiteReport } from '../../api/network-report.ts';
import type { SiteStatus } from '../../api/status.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { conditionsFrom } from './conditions.ts';
import { age, behind, disk, isoSeconds } from './format.ts';
import { YOUNG_SECONDS } from './in-sync.ts';
import { lastHeard, siteConditions } from './site-conditions.ts';
import type { SiteFacts } from './site-facts.ts';

/**
 * The status of a Site. Never better than what is known: without a recent report, everything that only a report can
 * tell is `Unknown`. `Ready` means that this office can work: the pod runs, a hub hears it, rows and files arrive, and
 * what it lacks is younger than the objective of its folders. While nothing changes it is the same to the byte, so
 * nothing is written. Pure.
 */
export function siteStatus(facts: SiteFacts): SiteStatus {
  const { before, generation, plan, now, keys, report } = facts;
  const seen = report?.sites.find(({ name }) => name === plan?.site);
  const conditions = siteConditions(facts, seen);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: conditionsFrom(conditions, before.conditions ?? [], generation, now),
    ...(plan && { role: plan.role }),
    ...hubOf(plan, seen),
    ...lacks(plan, seen),
    ...keep('version', seen?.version || before.version),
    lastContact: seen?.connected ? 'now' : lastContact(facts, seen),
    ...keep('disk', seen && seen.disk.size > 0 ? disk(seen.disk, before.disk) : before.disk),
    ...keep('certificatesExpire', keys?.validUntil === undefined ? undefined : isoSeconds(keys.validUntil)),
    ...keep('rescan', before.rescan),
    ...keep('approveHeld', before.approveHeld),
    ...keep('rejectHeld', before.rejectHeld),
  };
}

/** What is young is left out: it would change these texts, and so write the status, with every file. */
function lacks(plan: SitePlan | undefined, seen: SiteReport | undefined): { lag: string; behind: string } {
  if (!seen?.connected) return plan ? { lag: '?', behind: '?' } : { lag: '-', behind: '-' };
  if (seen.lagSeconds < YOUNG_SECONDS) return { lag: age(0), behind: '-' };
  return { lag: age(seen.lagSeconds), behind: behind(seen) };
}

function hubOf(plan: SitePlan | undefined, seen: SiteReport | undefined): { hub?: string } {
  if (!plan || plan.role === 'hub') return {};
  const hub = seen?.connected ? seen.via : undefined;
  return hub ? { hub } : {};
}

function lastContact({ before, silentHub }: SiteFacts, seen: SiteReport | undefined): string {
  if (seen && silentHub === undefined) return lastHeard(seen) ?? 'never';
  return before.lastContact === 'now' ? 'unknown' : (before.lastContact ?? 'never');
}

function keep<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}
