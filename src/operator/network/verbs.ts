import type { SiteStatus } from '../../api/status.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Context } from './context.ts';
import type { Material } from './material.ts';
import type { Verb } from './reports.ts';

/** Where the status echoes the token of each. Of two that come together the one that takes nothing away is passed on first. */
const VERBS = {
  rescan: 'rescan',
  'reject-held': 'rejectHeld',
  'approve-held': 'approveHeld',
} as const satisfies Record<Verb, keyof SiteStatus>;

/** Tokens by the field of the status that echoes them. */
export type Told = Pick<SiteStatus, (typeof VERBS)[Verb]>;

/** An annotation of a Site, sitesync.dev/VERB, carries a token: each is passed on once, and echoed in the status. Returns them by site. */
export async function passOnVerbs(
  { caches, reports, log }: Context,
  network: string,
  plans: SitePlan[],
  material: Map<string, Material>,
  root: string,
): Promise<Map<string, Told>> {
  const told = new Map<string, Told>();
  for (const plan of plans) {
    const site = caches.of('Site').get(network, plan.site);
    const before = (site?.status ?? {}) as SiteStatus;
    for (const [verb, field] of Object.entries(VERBS) as [Verb, keyof Told][]) {
      const token = site?.metadata.annotations?.[`sitesync.dev/${verb}`]?.slice(0, 256);
      if (!token || before[field] === token || !plan.expose) continue;
      try {
        await reports.tell(plan, verb, material.get(plan.site)!, root);
        told.set(plan.site, { ...told.get(plan.site), [field]: token });
      } catch (error) {
        const reason = (error as Error).message;
        log.warn({ network, site: plan.site, verb, reason }, 'the site cannot handle the annotation yet');
      }
    }
  }
  return told;
}
