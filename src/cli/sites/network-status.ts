import type { SiteStatus } from '../../agent/queries/status.ts';
import { judgeSync } from '../../api/in-sync.ts';
import { pageUrl } from '../../topology/page-url.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { duration } from '../terminal/output.ts';

/** What a site said, or why it said nothing. */
export type Answer = { plan: SitePlan } & ({ status: SiteStatus } | { error: string });

/** One site as `sitesync status` shows it. Numbers are null when the site cannot be asked: unknown is not zero. */
export interface StatusRow {
  name: string;
  role: 'hub' | 'child';
  hub: string | null;
  connected: boolean;
  inSync: boolean;
  /** Why it is not, in words; empty when it is. */
  reasons: string[];
  lagSeconds: number | null;
  filesBehind: number | null;
  bytesBehind: number | null;
  conflicts: number | null;
  held: number | null;
  /** Files whose content is damaged and not healed yet. */
  damaged: number | null;
  /** When everything there had last been read again; null when it never was, or that is not known. */
  verifiedAt: string | null;
  errors: string[];
  /** Where a browser finds its page. */
  page: string | null;
  /** When the site said so; null when it did not answer. */
  asOf: string | null;
}

/** A run of versions of one origin that a site lacks. */
export interface Gap {
  site: string;
  origin: string;
  /** Versions above `held` up to `newest` are not, or not all, there. */
  held: number;
  /** It has heard of those up to here. */
  known: number;
  newest: number;
  /** The site has not even heard of all of them. */
  unheard: boolean;
}

/**
 * What each site lacks, judged by what all of them know together: a site that has not heard of a change yet cannot know
 * that it is behind. An origin's newest version is the newest that anybody knows; sites that were removed do not count.
 */
export function gapsOf(answers: Answer[]): Gap[] {
  const statuses = answers.flatMap((answer) => ('status' in answer ? [answer.status] : []));
  const sites = new Set(answers.map(({ plan }) => plan.site));
  const newest = new Map<string, number>();
  for (const { vector } of statuses) {
    for (const [origin, { known }] of Object.entries(vector)) {
      if (sites.has(origin)) newest.set(origin, Math.max(known, newest.get(origin) ?? 0));
    }
  }
  return statuses.flatMap(({ name, vector }) =>
    [...newest].flatMap(([origin, most]) => {
      const { held, known } = vector[origin] ?? { held: 0, known: 0 };
      return held < most ? [{ site: name, origin, held, known, newest: most, unheard: known < most }] : [];
    }),
  );
}

/** What a site lacks of versions that it has not heard of. */
export type Unheard = Pick<StatusRow, 'name'> & { lagSeconds: number; filesBehind: number; bytesBehind: number };

/**
 * The sites as a whole sees them. In sync is a site that says so and that no other site's knowledge contradicts; a site
 * that does not answer is not. What a site has not heard of counts with what it says that it lacks.
 */
export function reportsOf(answers: Answer[], unheard: Unheard[] = []): StatusRow[] {
  const gaps = gapsOf(answers);
  const gapsAt = (name: string) => gaps.filter(({ site }) => site === name).map(({ origin }) => origin);
  return answers.map((answer) => {
    if (!('status' in answer)) return unreachable(answer.plan, answer.error);
    const {
      vector: _vector,
      detect: _detect,
      folders: _folders,
      verification: _verification,
      rowsRepaired: _rows,
      ...own
    } = answer.status;
    const more = unheard.filter(({ name }) => name === own.name);
    const lagSeconds = Math.max(own.lagSeconds, ...more.map((one) => one.lagSeconds));
    return {
      ...own,
      lagSeconds,
      errors: [...own.errors, ...stale(answer.plan, lagSeconds)],
      filesBehind: more.reduce((sum, { filesBehind }) => sum + filesBehind, own.filesBehind),
      bytesBehind: more.reduce((sum, { bytesBehind }) => sum + bytesBehind, own.bytesBehind),
      page: pageUrl(answer.plan),
      ...judgeSync({ connected: own.connected, said: own, filesBehind: own.filesBehind, gaps: gapsAt(own.name) }),
    };
  });
}

/** What `SyncFolder.spec.freshness` calls an alarm. */
function stale({ folders }: SitePlan, lagSeconds: number): string[] {
  const target = Math.min(...folders.map(({ freshnessSeconds }) => freshnessSeconds));
  if (lagSeconds <= target) return [];
  return [`lags by ${duration(lagSeconds)}, more than spec.freshness.target allows (${duration(target)})`];
}

function unreachable(plan: SitePlan, error: string): StatusRow {
  const numbers = {
    lagSeconds: null,
    filesBehind: null,
    bytesBehind: null,
    conflicts: null,
    held: null,
    damaged: null,
  };
  const unknown = { ...numbers, verifiedAt: null, asOf: null };
  const hub = plan.sites.find((site) => site.name === plan.site)?.hub ?? null;
  return {
    name: plan.site,
    role: plan.role,
    hub,
    connected: false,
    inSync: false,
    reasons: ['it does not respond'],
    ...unknown,
    page: pageUrl(plan),
    errors: [error],
  };
}

/** Why the network is not in sync, a line a reason; empty when it is. */
export function missingOf(answers: Answer[]): string[] {
  const gaps = gapsOf(answers);
  return reportsOf(answers).flatMap((site) => {
    if (site.inSync) return [];
    const own = gaps.filter((gap) => gap.site === site.name).map(describeGap);
    const behind = site.filesBehind
      ? [`${site.filesBehind} files (${site.bytesBehind} bytes) have not arrived yet`]
      : [];
    const link = site.asOf !== null && !site.connected ? ['is not connected'] : [];
    const held = site.held ? [`${site.held} of its changes wait for approval: see "sitesync held ${site.name}"`] : [];
    const reasons = [...link, ...behind, ...own, ...held, ...site.errors];
    return (reasons.length > 0 ? reasons : site.reasons).map((reason) => `${site.name}: ${reason}`);
  });
}

function describeGap({ origin, held, newest, unheard }: Gap): string {
  const what = unheard ? 'does not know yet of all changes' : 'does not hold all changes';
  return `${what} made at ${origin} (${held} of ${newest})`;
}
