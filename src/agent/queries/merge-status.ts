import { judgeSync, type SyncVerdict } from '../../api/in-sync.ts';
import { duration } from '../../base/duration.ts';
import { type Problem, problem, type ReportedProblem, sentenceOf } from '../../problems/problem.ts';
import { pageUrl } from '../../topology/page-url.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { AgentStatus } from './status.ts';

/** A site's status, or why it did not respond. */
export type SiteAnswer = { plan: SitePlan } & ({ status: AgentStatus } | { error: string });

/** Said as the site says it, or as what follows from its silence. */
type SaidAlways =
  | 'name'
  | 'role'
  | 'hub'
  | 'connected'
  | 'inSync'
  | 'notInSync'
  | 'reasons'
  | 'verifiedAt'
  | 'problems'
  | 'errors';

/** One site as `sitesync status` shows it. Numbers are null when the site does not respond: unknown is not zero. */
export interface StatusRow extends Pick<AgentStatus, SaidAlways> {
  lagSeconds: number | null;
  filesBehind: number | null;
  bytesBehind: number | null;
  conflicts: number | null;
  held: number | null;
  /** Files whose content is damaged and not repaired yet. */
  damaged: number | null;
  /** URL of its page. */
  page: string | null;
  /** When this was true; null when the site did not respond. */
  asOf: string | null;
}

/** A range of versions of one origin that a site lacks. */
export interface Gap {
  site: string;
  origin: string;
  /** Versions above `held` up to `newest` are missing, or some of them. */
  held: number;
  /** It knows of versions up to this one. */
  known: number;
  newest: number;
  /** Whether it does not even know of all of them. */
  unaware: boolean;
}

/**
 * What each site lacks according to all of them together: a site that has not heard of a change cannot know that it is
 * behind. The newest version of an origin is the newest that any site knows; removed sites do not count. Pure.
 */
export function gapsOf(answers: SiteAnswer[]): Gap[] {
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
      return held < most ? [{ site: name, origin, held, known, newest: most, unaware: known < most }] : [];
    }),
  );
}

/** What a site lacks among versions that it has not heard of. */
export type HiddenLag = Pick<StatusRow, 'name'> & { lagSeconds: number; filesBehind: number; bytesBehind: number };

/**
 * The status of all sites. A site is in sync if it says so and no other site's knowledge contradicts it; one that does
 * not respond is not. What it has not heard of is added to what it lacks. Pure.
 */
export function mergeStatus(answers: SiteAnswer[], hidden: HiddenLag[] = []): StatusRow[] {
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
    const more = hidden.filter(({ name }) => name === own.name);
    const lagSeconds = Math.max(own.lagSeconds, ...more.map((one) => one.lagSeconds));
    const facts = { connected: own.connected, said: own, filesBehind: own.filesBehind, gaps: gapsAt(own.name) };
    const problems = [...own.problems, ...lagging(answer.plan, lagSeconds)];
    return {
      ...own,
      lagSeconds,
      filesBehind: more.reduce((sum, { filesBehind }) => sum + filesBehind, own.filesBehind),
      bytesBehind: more.reduce((sum, { bytesBehind }) => sum + bytesBehind, own.bytesBehind),
      page: pageUrl(answer.plan),
      ...inWords(own.name, problems, judgeSync(facts)),
    };
  });
}

/** Adds sentences to a site's problems and reasons. Pure. */
export function inWords(
  site: string,
  problems: ReportedProblem[],
  { inSync, notInSync }: SyncVerdict,
): Pick<StatusRow, 'inSync' | 'notInSync' | 'reasons' | 'problems' | 'errors'> {
  const words = (all: ReportedProblem[]) => all.map((one) => sentenceOf(one, site));
  return { inSync, notInSync, reasons: words(notInSync), problems, errors: words(problems) };
}

/** The problem of a site that misses its freshness objective. */
function lagging({ folders }: SitePlan, lagSeconds: number): Problem[] {
  const target = Math.min(...folders.map(({ freshnessSeconds }) => freshnessSeconds));
  if (lagSeconds <= target) return [];
  return [problem('lagging', { lag: duration(lagSeconds), target: duration(target) })];
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
    ...inWords(plan.site, [problem('notResponding')], { inSync: false, notInSync: [problem('notResponding')] }),
    ...unknown,
    page: pageUrl(plan),
    errors: [error],
  };
}
