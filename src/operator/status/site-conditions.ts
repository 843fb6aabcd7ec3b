import type { SiteReport } from '../../api/network-report.ts';
import { formatInputProblem } from '../../base/invalid-input.ts';
import type { ProblemCode } from '../../problems/catalogue.ts';
import { sentenceOf } from '../../problems/problem.ts';
import { planHash } from '../../topology/plan-hash.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { condition, type NewCondition, STARTING } from './conditions.ts';
import { awayCondition, MAKE_ROOM, PLAN_PENDING } from './external.ts';
import { age, isoSeconds, sentences } from './format.ts';
import { inSyncCondition } from './in-sync.ts';
import { keysCondition } from './keys.ts';
import { pageCondition } from './page.ts';
import { rolloutCondition } from './rollout.ts';
import type { SiteFacts } from './site-facts.ts';
import { hasJustConnected, unlessStarting } from './starting.ts';

/** With a smaller share of free space the disk is reported. */
const DISK_FULL = 0.05;

/** Problems because of which a neighbour's rows do not arrive. */
const REPLICATION: ReadonlySet<string> = new Set<ProblemCode>(['stateBroken', 'stateCopied', 'stateForged']);
const FOLDER_UNUSABLE: ReadonlySet<string> = new Set<ProblemCode>([
  'markerGone',
  'diskSilent',
  'folderReplaced',
  'ownDirectoryMounted',
  'folderShut',
]);

/** The first of a site's problems with one of these codes, or of all, as a sentence. */
function firstOf({ name, summary }: SiteReport, codes?: ReadonlySet<string>): string | undefined {
  const found = summary.problems.find(({ code }) => codes?.has(code) ?? true);
  return found && sentenceOf(found, name);
}

/** All conditions of a Site. `Ready` comes first and summarises the others. Pure. */
export function siteConditions(facts: SiteFacts, seen: SiteReport | undefined): NewCondition[] {
  const parts = [
    unlessStarting(connectedCondition(facts, seen), facts),
    unlessStarting(replicatingCondition(seen), facts),
    inSyncCondition(
      seen,
      facts.plan,
      facts.before.conditions?.find(({ type }) => type === 'InSync'),
    ),
    heldCondition(facts, seen),
    storageCondition(facts, seen),
    keysCondition(facts, seen),
  ];
  const stalled = stalledCondition(facts);
  // Syncing does not depend on the page, so it does not affect `Ready`.
  const page = facts.plan && facts.page ? [pageCondition(facts.page)] : [];
  return [
    readyCondition(facts, seen, [stalled, ...parts]),
    reconcilingCondition(facts, seen),
    stalled,
    ...parts,
    ...page,
  ];
}

function stalledCondition({ problems, plan, applyError }: SiteFacts): NewCondition {
  if (problems.length > 0) {
    const meanwhile = plan ? 'The site continues with its last valid spec.' : 'It is not running.';
    return condition('Stalled', 'True', 'InvalidSpec', sentences(...problems.map(formatInputProblem), meanwhile));
  }
  if (applyError) return condition('Stalled', 'True', applyError.reason, applyError.message);
  return condition('Stalled', 'False', 'Valid', 'The spec is valid');
}

function reconcilingCondition(
  { pod, plan, applyError, waiting }: SiteFacts,
  seen: SiteReport | undefined,
): NewCondition {
  if (applyError && !pod)
    return condition('Reconciling', 'Unknown', applyError.reason, 'The state of its objects is unknown');
  if (plan && pod && !pod.ready)
    return condition(
      'Reconciling',
      'True',
      pod.failure?.reason ?? 'PodNotReady',
      pod.failure?.message ?? 'The pod is not ready yet',
    );
  if (plan && waiting) return rolloutCondition(waiting);
  const followed = seen?.connected ? seen.summary.plan : undefined;
  if (plan && followed !== undefined && followed !== planHash(plan))
    return condition(
      'Reconciling',
      'True',
      'PlanPending',
      plan.external
        ? PLAN_PENDING
        : 'The site still uses its previous plan; a pod receives the new one within a minute or two',
    );
  return condition('Reconciling', 'False', 'Done', 'All objects are up to date');
}

function connectedCondition(
  { report, noReport, plan, silentHub }: SiteFacts,
  seen: SiteReport | undefined,
): NewCondition {
  if (!plan) return condition('Connected', 'Unknown', 'NotPlanned', 'The site is not part of the network yet');
  if (!report) return condition('Connected', 'Unknown', 'NoReport', noReport);
  if (!seen) return condition('Connected', 'Unknown', 'NotReported', `${report.reporter} does not know the site yet`);
  if (seen.connected)
    return condition(
      'Connected',
      'True',
      'Heard',
      seen.via ? `${seen.via} receives its heartbeats` : 'It reports for the network itself',
    );
  if (silentHub !== undefined) return silentCondition(plan, silentHub);
  const last = lastHeard(seen);
  if (plan.external) return awayCondition(plan, seen, last);
  const since = last === undefined ? ' yet' : ` since ${last}`;
  return condition(
    'Connected',
    'False',
    'NotHeard',
    `No hub has received a heartbeat from this site${since}. See kubectl logs ${plan.site}-0 -c link`,
  );
}

/** Its rows may still arrive, but nobody can say for how long. */
function silentCondition({ site }: SitePlan, hub: string): NewCondition {
  const look = `See kubectl logs ${hub}-0 -c agent`;
  if (site === hub)
    return condition(
      'Connected',
      'Unknown',
      'AgentSilent',
      `Its agent responds neither to the kubelet nor to the operator. ${look}`,
    );
  return condition(
    'Connected',
    'Unknown',
    'HubSilent',
    `It is connected to ${hub} only, whose agent responds neither to the kubelet nor to the operator: its last report is no longer trusted. ${look}`,
  );
}

function replicatingCondition(seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('Replicating', 'Unknown', 'NotSeen', 'The state of the site is unknown');
  if (seen.summary.replicating && !seen.summary.connected)
    return condition('Replicating', 'False', 'NotReceiving', 'The site reports that it receives no rows');
  if (seen.summary.replicating)
    return condition('Replicating', 'True', 'Running', 'The site receives rows from every neighbour');
  const why = firstOf(seen, REPLICATION);
  return condition('Replicating', 'False', 'ChannelStopped', why ?? 'A replication channel has stopped');
}

function heldCondition({ plan }: SiteFacts, seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('ChangesHeld', 'Unknown', 'NotSeen', 'The state of the site is unknown');
  const { held } = seen.summary;
  if (held === 0) return condition('ChangesHeld', 'False', 'NothingHeld', 'No changes are held');
  const what = `${held} ${held === 1 ? 'change' : 'changes'} on the disk of ${plan?.site ?? 'the site'} ${held === 1 ? 'waits' : 'wait'} for approval and ${held === 1 ? 'is' : 'are'} not shared`;
  const remedy =
    'Review, approve or reject them on its page, or decide all of them with the annotation sitesync.dev/approve-held or sitesync.dev/reject-held';
  return condition('ChangesHeld', 'True', 'ManyFilesChanged', sentences(what, remedy));
}

function storageCondition({ plan }: SiteFacts, seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('StorageHealthy', 'Unknown', 'NotSeen', 'The state of the site is unknown');
  const failure = firstOf(seen, FOLDER_UNUSABLE);
  if (failure !== undefined) return condition('StorageHealthy', 'False', 'FolderUnusable', failure);
  if (seen.disk.size > 0 && seen.disk.free / seen.disk.size < DISK_FULL) {
    const remedy = plan?.external ? MAKE_ROOM : `Increase spec.storage of Site ${plan?.site ?? ''}, or free up space`;
    return condition(
      'StorageHealthy',
      'False',
      'DiskFilling',
      `Less than ${DISK_FULL * 100}% of the disk is free. ${remedy}`,
    );
  }
  return condition('StorageHealthy', 'True', 'Usable', 'All folders are usable and there is free space');
}

function readyCondition(facts: SiteFacts, seen: SiteReport | undefined, parts: NewCondition[]): NewCondition {
  const { plan, pod, freshnessSeconds } = facts;
  if (!plan) return condition('Ready', 'False', 'InvalidSpec', 'See the condition Stalled');
  if (pod && !pod.ready)
    return condition(
      'Ready',
      'False',
      pod.failure?.reason ?? 'PodNotReady',
      pod.failure?.message ?? 'The pod is not ready yet',
    );
  const part = (type: string) => parts.find((one) => one.type === type)!;
  for (const type of ['Connected', 'Replicating', 'StorageHealthy']) {
    const { status, reason, message } = part(type);
    if (status !== 'True') return condition('Ready', status, reason, message);
  }
  if (seen && !seen.inSync && seen.lagSeconds > freshnessSeconds)
    return condition('Ready', 'False', 'Lagging', `The site is missing versions older than ${age(freshnessSeconds)}`);
  if (hasJustConnected(facts)) return condition('Ready', 'False', STARTING, 'Its pod is new and has just connected');
  const stalled = part('Stalled');
  if (stalled.status === 'True') return condition('Ready', 'False', stalled.reason, stalled.message);
  return condition('Ready', 'True', 'Working', 'The site is syncing');
}

/** RFC 3339, by the clock of the reporting hub; older agents know only the site's own. Undefined: never. */
export function lastHeard({ heardAt, beatAt }: SiteReport): string | undefined {
  const at = heardAt ?? beatAt;
  return at > 0 ? isoSeconds(at) : undefined;
}
