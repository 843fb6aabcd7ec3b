import type { SiteStatus } from '../../api/status.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Context } from './context.ts';
import type { Action } from './reports.ts';
import type { SiteCredentials } from './site-credentials.ts';

/** The status field that echoes each action's token. If two are requested at once, the one that loses nothing goes first. */
const ACTIONS = {
  rescan: 'rescan',
  'reject-held': 'rejectHeld',
  'approve-held': 'approveHeld',
} as const satisfies Record<Action, keyof SiteStatus>;

/** Tokens by the field of the status that echoes them. */
export type ActionTokens = Pick<SiteStatus, (typeof ACTIONS)[Action]>;

/**
 * Forwards the actions that annotations of Sites request (sitesync.dev/ACTION). Each carries a token: a new one is
 * forwarded once and echoed in the status. Returns those that were forwarded, by site.
 */
export async function forwardActions(
  { caches, reports, log }: Context,
  network: string,
  plans: SitePlan[],
  credentials: Map<string, SiteCredentials>,
  root: string,
): Promise<Map<string, ActionTokens>> {
  const forwarded = new Map<string, ActionTokens>();
  for (const plan of plans) {
    const site = caches.of('Site').get(network, plan.site);
    const before = (site?.status ?? {}) as SiteStatus;
    for (const [action, field] of Object.entries(ACTIONS) as [Action, keyof ActionTokens][]) {
      const token = site?.metadata.annotations?.[`sitesync.dev/${action}`]?.slice(0, 256);
      if (!token || before[field] === token || !plan.expose) continue;
      try {
        await reports.perform(plan, action, credentials.get(plan.site)!, root);
        forwarded.set(plan.site, { ...forwarded.get(plan.site), [field]: token });
      } catch (error) {
        const reason = (error as Error).message;
        log.warn({ network, site: plan.site, action, reason }, 'the site cannot handle the annotation yet');
      }
    }
  }
  return forwarded;
}
