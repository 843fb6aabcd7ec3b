import { randomBytes } from 'node:crypto';
import { durationSeconds } from '../../api/quantity.ts';
import type { Site } from '../../api/schema.ts';
import { Bundle, contentOf } from '../../bundle/bundle.ts';
import { formatBundle, parseBundle } from '../../bundle/file.ts';
import { seal } from '../../bundle/seal.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { sshFiles } from '../../pki/keys.ts';
import { ownPlan, type Roster, rosterOf } from '../../topology/roster.ts';
import { secretsText } from '../../topology/secrets.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Files } from '../keys/scratch.ts';
import { BUNDLE } from '../objects/external.ts';
import type { ExternalSite } from './metrics.ts';
import type { SiteCredentials } from './site-credentials.ts';

/** What the operator prepares for an external site. */
export interface ExternalBundle {
  /** The bundle as a file. */
  text: string;
  /** The same, sealed, for hubs to pass on. */
  sealed: string;
  /** The principal in its certificate that hubs accept; absent where it is just the site's name. */
  principal?: string;
}

export interface BundleStore {
  /**
   * The bundles of all external sites that have keys, by name. Reuses the present bundle when a new one would have the same
   * content.
   * @param present by site: what its Secret holds
   */
  of(
    plans: SitePlan[],
    credentials: Map<string, SiteCredentials>,
    present: Map<string, Files>,
  ): Map<string, ExternalBundle>;
}

/** Caches bundles, so that a network at rest packs and seals nothing. */
export function createBundleStore(now: () => number): BundleStore {
  const known = new Map<string, { from: unknown[]; external: ExternalBundle }>();
  return {
    of(plans, credentials, present) {
      const found = new Map<string, ExternalBundle>();
      let roster: Roster | undefined;
      for (const plan of plans.filter(({ external }) => external)) {
        const { mark, keys } = credentials.get(plan.site)!;
        if (keys[sshFiles('').userKey] === undefined) continue;
        const name = `${plan.network}/${plan.site}`;
        const text = present.get(plan.site)?.[BUNDLE];
        const before = known.get(name);
        const from = [plan, mark, text];
        if (before?.from.every((one, i) => one === from[i])) {
          found.set(plan.site, before.external);
          continue;
        }
        roster ??= rosterOf(plans)!;
        const external = make(plan, roster, credentials.get(plan.site)!, text, now());
        // In the form in which it will be read from the Secret next time.
        known.set(name, { from: [plan, mark, external.text], external });
        found.set(plan.site, external);
      }
      return found;
    },
  };
}

/** For alerts: an external site that is away raises one only if its Site sets a limit. Pure. */
export function externalSites(sites: Site[]): ExternalSite[] {
  return sites.flatMap(({ metadata: { name }, spec: { placement } }) => {
    if (!placement?.external) return [];
    const { maxAway } = placement;
    return [{ name, ...(maxAway !== undefined && { maxAwaySeconds: durationSeconds(maxAway) }) }];
  });
}

/** What a hub is told about its external neighbours. Pure. */
export function bundlesOfNeighbours({ role, links }: SitePlan, externals: Map<string, ExternalBundle>) {
  const bundles: Record<string, string> = {};
  const principals: Record<string, string> = {};
  for (const { peer } of role === 'hub' ? links : []) {
    const external = externals.get(peer);
    if (!external) continue;
    bundles[peer] = external.sealed;
    if (external.principal !== undefined) principals[peer] = external.principal;
  }
  return { bundles, principals };
}

function make(
  plan: SitePlan,
  roster: Roster,
  credentials: SiteCredentials,
  present: string | undefined,
  now: number,
): ExternalBundle {
  const before = readable(present);
  const { keys, secrets } = credentials;
  const { userCertificate } = sshFiles('');
  const names = parseCertificate(keys[userCertificate] ?? '')?.principals ?? [];
  const principal = names.includes(plan.site) ? undefined : names[0];
  const draft = Bundle.parse({
    network: plan.network,
    site: plan.site,
    issue: (before?.issue ?? 0) + 1,
    madeAt: now,
    renewal: before?.renewal ?? randomBytes(32).toString('base64'),
    plan: ownPlan(plan),
    roll: roster,
    files: {
      user_key: keys.user_key,
      'user_key-cert.pub': keys['user_key-cert.pub'],
      'ca.pub': keys['ca.pub'],
      known_hosts: keys.known_hosts,
      'secrets.json': secretsText(secrets),
    },
  });
  const same = before && contentOf(before) === contentOf(draft);
  const bundle = same ? before : draft;
  return {
    text: same ? present! : formatBundle(bundle),
    sealed: seal(bundle),
    ...(principal !== undefined && { principal }),
  };
}

/** Undefined when it is missing or corrupt: bundles issued before can then no longer be updated. */
function readable(text: string | undefined): Bundle | undefined {
  try {
    return text === undefined ? undefined : parseBundle(text, BUNDLE);
  } catch {
    return undefined;
  }
}
