import type { SiteReport } from '../../api/network-report.ts';
import type { Condition } from '../../api/status.ts';
import type { ProblemCode } from '../../problems/catalogue.ts';
import { sentenceOf } from '../../problems/problem.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { condition, type NewCondition } from './conditions.ts';

/** What is younger is on its way: heartbeats and polls cannot tell it from nothing. */
export const YOUNG_SECONDS = 30;

/** What every saved file causes for a moment. All other reasons last until something is done about them. */
const PASSING: ReadonlySet<string> = new Set<ProblemCode>([
  'filesBehind',
  'changesUnknown',
  'pathsChanged',
  'pathsReading',
  'changesTakenIn',
  'filesMissing',
  'filesPlaced',
]);

/**
 * Whether the site has caught up, and has not fallen behind since. It has caught up once it holds all it should, or lacks
 * only what is younger than {@link YOUNG_SECONDS}; it falls behind when it lacks something for longer than the folder's
 * freshness, or when what keeps it from being in sync does not pass by itself. So new files alone never change it. Pure.
 * @param before the condition as it was
 */
export function inSyncCondition(
  seen: SiteReport | undefined,
  plan: Pick<SitePlan, 'folders'> | undefined,
  before: Condition | undefined,
): NewCondition {
  if (!seen?.connected) return condition('InSync', 'Unknown', 'NotSeen', 'The state of the site is unknown');
  const bound = before?.status === 'True' ? Number.POSITIVE_INFINITY : YOUNG_SECONDS;
  if (seen.inSync || (isPassing(seen) && isFresh(seen, plan, bound)))
    return condition('InSync', 'True', 'HoldsAll', 'The site holds every version older than its folder allows');
  const { held, notInSync } = seen.summary;
  if (seen.filesBehind === 0 && held > 0)
    return condition('InSync', 'False', 'ChangesHeld', 'Local changes are held until someone approves or rejects them');
  // Without numbers: they are in `lag` and `behind`, and would keep changing this text.
  if (seen.filesBehind > 0)
    return condition('InSync', 'False', 'Behind', 'The site is missing versions it should hold');
  const lasting = [...seen.summary.problems, ...notInSync].find(({ code }) => !PASSING.has(code));
  const why = lasting && sentenceOf(lasting, seen.name);
  return condition('InSync', 'False', 'Looking', why ?? 'The site is scanning its folders');
}

/** Whether all that keeps it from being in sync passes by itself. Agents that give no reasons are not believed. */
function isPassing({ summary: { held, inSync, notInSync } }: SiteReport): boolean {
  if (held > 0) return false;
  return inSync || (notInSync.length > 0 && notInSync.every(({ code }) => PASSING.has(code)));
}

/**
 * Whether nothing is missing for longer than its folder's freshness, and for less than `bound` seconds. Pure.
 * @param plan undefined: no freshness is known
 */
function isFresh(
  { lagSeconds, folders }: Pick<SiteReport, 'lagSeconds' | 'folders'>,
  plan: Pick<SitePlan, 'folders'> | undefined,
  bound = Number.POSITIVE_INFINITY,
): boolean {
  const targets = new Map(plan?.folders.map(({ name, freshnessSeconds }) => [name, freshnessSeconds]));
  const late = Object.entries(folders).some(([name, { lagSeconds: lag }]) => lag > (targets.get(name) ?? 0));
  // A report that names no folder is measured by the strictest of them.
  const strictest = Object.keys(folders).length > 0 ? lagSeconds : Math.min(...targets.values());
  return !late && lagSeconds <= strictest && lagSeconds < bound;
}
