import type { HubStatus, SiteStatus } from '../../api/status.ts';
import { hubService } from '../../topology/pods.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { base, type Common, stalled } from './common.ts';
import { condition, conditionsFrom, type NewCondition } from './conditions.ts';

/**
 * The status of a Hub: ready when its Site is. `children` may connect to it, `connectedChildren` do. `address` is the
 * one for all sites, not one that a single site overrides. Pure.
 */
export function hubStatus(
  facts: Common & {
    before: HubStatus;
    address: string | undefined;
    plan: SitePlan | undefined;
    site: SiteStatus | undefined;
    /** Its agent is silent, so it is unknown whom it hears. */
    isSilent?: boolean;
  },
): HubStatus {
  const { generation, problems, address, plan, site, before, now } = facts;
  const report = facts.isSilent ? undefined : facts.report;
  const children = plan?.links.filter(({ kind }) => kind === 'downlink').map(({ peer }) => peer) ?? [];
  const heard = report?.sites.filter(
    ({ name, via, connected }) => connected && via === plan?.site && children.includes(name),
  );
  const service = plan && hubService(plan.site, plan.network, plan.listen?.port);
  const conditions = [readyFrom(plan, site), stalled(problems, plan !== undefined)];
  return {
    ...base(generation),
    conditions: conditionsFrom(conditions, before.conditions ?? [], generation, now),
    ...(service && { address: address ?? `${service.host}:${service.port}` }),
    children: children.length,
    ...(heard && { connectedChildren: heard.length }),
  };
}

function readyFrom(plan: SitePlan | undefined, site: SiteStatus | undefined): NewCondition {
  if (!plan) return condition('Ready', 'False', 'InvalidSpec', 'See the condition Stalled');
  const ready = site?.conditions?.find(({ type }) => type === 'Ready');
  return ready
    ? condition('Ready', ready.status, ready.reason, `Site ${plan.site}: ${ready.message}`)
    : condition('Ready', 'Unknown', 'NotSeen', `Site ${plan.site} has not been checked yet`);
}
