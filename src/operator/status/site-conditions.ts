import type { SiteReport } from '../../api/network-report.ts';
import { formatProblem } from '../../base/problem.ts';
import { planHash } from '../../topology/plan-hash.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { condition, type NewCondition } from './conditions.ts';
import { awayCondition, MAKE_ROOM, PLAN_PENDING } from './external.ts';
import { keysCondition } from './keys.ts';
import { pageCondition } from './page.ts';
import type { SiteFacts } from './site-facts.ts';
import { age, isoSeconds, sentences } from './words.ts';

/** Less free than this share of the disk is trouble. */
const DISK_FULL = 0.05;

/** All conditions of a Site, `Ready` first: it is made from the others. Pure. */
export function siteConditions(facts: SiteFacts, seen: SiteReport | undefined): NewCondition[] {
  const connected = connectedCondition(facts, seen);
  const parts = [
    connected,
    replicatingCondition(seen),
    inSyncCondition(seen),
    heldCondition(facts, seen),
    storageCondition(facts, seen),
    keysCondition(facts, seen),
  ];
  const stalled = stalledCondition(facts);
  // Files come and go without it: it makes nobody less ready.
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
    const meanwhile = plan ? 'The site goes on as it was written before.' : 'Nothing runs for it.';
    return condition('Stalled', 'True', 'InvalidSpec', sentences(...problems.map(formatProblem), meanwhile));
  }
  if (applyError) return condition('Stalled', 'True', applyError.reason, applyError.message);
  return condition('Stalled', 'False', 'Valid', 'What is written can be done');
}

function reconcilingCondition({ pod, plan, applyError }: SiteFacts, seen: SiteReport | undefined): NewCondition {
  if (applyError && !pod)
    return condition('Reconciling', 'Unknown', applyError.reason, 'How its objects are cannot be seen');
  if (plan && pod && !pod.ready)
    return condition(
      'Reconciling',
      'True',
      pod.trouble?.reason ?? 'PodNotReady',
      pod.trouble?.message ?? 'The pod is not ready yet',
    );
  const followed = seen?.connected ? seen.summary.plan : undefined;
  if (plan && followed !== undefined && followed !== planHash(plan))
    return condition(
      'Reconciling',
      'True',
      'PlanPending',
      plan.external
        ? PLAN_PENDING
        : 'The site still goes by its plan before; a pod learns of a new one in a minute or two',
    );
  return condition('Reconciling', 'False', 'Done', 'All objects are as they should be');
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
      seen.via ? `${seen.via} hears it` : 'It tells of the network itself',
    );
  if (silentHub !== undefined) return silentCondition(plan, silentHub);
  const last = lastHeard(seen);
  if (plan.external) return awayCondition(plan, seen, last);
  const since = last === undefined ? '; it never was heard of' : `; it was last heard at ${last}`;
  return condition(
    'Connected',
    'False',
    'NotHeard',
    `No hub hears it${since}. See kubectl logs ${plan.site}-0 -c link`,
  );
}

/** Rows may go on: nobody can say for how long. */
function silentCondition({ site }: SitePlan, hub: string): NewCondition {
  const look = `See kubectl logs ${hub}-0 -c agent`;
  if (site === hub)
    return condition(
      'Connected',
      'Unknown',
      'AgentSilent',
      `Its agent answers neither kubelet nor the operator. ${look}`,
    );
  return condition(
    'Connected',
    'Unknown',
    'HubSilent',
    `Only ${hub} hears it, and the agent of ${hub} answers neither kubelet nor the operator: what it said last no longer counts. ${look}`,
  );
}

function replicatingCondition(seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('Replicating', 'Unknown', 'NotSeen', 'The site cannot be seen');
  if (seen.summary.replicating && !seen.summary.connected)
    return condition('Replicating', 'False', 'NotReceiving', 'It says that no rows arrive there');
  if (seen.summary.replicating) return condition('Replicating', 'True', 'Running', 'Rows arrive from every neighbour');
  const why = seen.summary.errors.find((error) => error.startsWith('replication')) ?? 'a channel has stopped';
  return condition('Replicating', 'False', 'ChannelStopped', why);
}

function inSyncCondition(seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('InSync', 'Unknown', 'NotSeen', 'The site cannot be seen');
  if (seen.inSync) return condition('InSync', 'True', 'HoldsAll', 'It holds every version that it should hold');
  const { held } = seen.summary;
  if (seen.filesBehind === 0 && held > 0)
    return condition('InSync', 'False', 'ChangesHeld', 'Changes of its own wait for a person and are not shared');
  // Without numbers: those are in lag and behind, and would make this text change all the time.
  if (seen.filesBehind > 0) return condition('InSync', 'False', 'Behind', 'It lacks versions that it should hold');
  return condition('InSync', 'False', 'Looking', seen.summary.errors[0] ?? 'It looks through its folders');
}

function heldCondition({ plan }: SiteFacts, seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('ChangesHeld', 'Unknown', 'NotSeen', 'The site cannot be seen');
  const { held } = seen.summary;
  if (held === 0) return condition('ChangesHeld', 'False', 'NothingHeld', 'No change waits for a person');
  const what = `${held} ${held === 1 ? 'change waits' : 'changes wait'} for a person: made on the disk of ${plan?.site ?? 'the site'} and not shared`;
  const remedy =
    'Look at them on its page; approve or reject them there, or all with the annotation sitesync.dev/approve-held or sitesync.dev/reject-held';
  return condition('ChangesHeld', 'True', 'ManyFilesChanged', sentences(what, remedy));
}

function storageCondition({ plan }: SiteFacts, seen: SiteReport | undefined): NewCondition {
  if (!seen?.connected) return condition('StorageHealthy', 'Unknown', 'NotSeen', 'The site cannot be seen');
  const trouble = seen.summary.errors.find((error) => error.startsWith('folder '));
  if (trouble !== undefined) return condition('StorageHealthy', 'False', 'FolderUnusable', trouble);
  if (seen.disk.size > 0 && seen.disk.free / seen.disk.size < DISK_FULL) {
    const remedy = plan?.external ? MAKE_ROOM : `Enlarge spec.storage of Site ${plan?.site ?? ''}, or make room`;
    return condition(
      'StorageHealthy',
      'False',
      'DiskFilling',
      `Less than ${DISK_FULL * 100}% of the disk is free. ${remedy}`,
    );
  }
  return condition('StorageHealthy', 'True', 'Usable', 'All folders are open and there is room');
}

function readyCondition(
  { plan, pod, freshnessSeconds }: SiteFacts,
  seen: SiteReport | undefined,
  parts: NewCondition[],
): NewCondition {
  if (!plan) return condition('Ready', 'False', 'InvalidSpec', 'See the condition Stalled');
  if (pod && !pod.ready)
    return condition(
      'Ready',
      'False',
      pod.trouble?.reason ?? 'PodNotReady',
      pod.trouble?.message ?? 'The pod is not ready yet',
    );
  const part = (type: string) => parts.find((one) => one.type === type)!;
  for (const type of ['Connected', 'Replicating', 'StorageHealthy']) {
    const { status, reason, message } = part(type);
    if (status !== 'True') return condition('Ready', status, reason, message);
  }
  if (seen && !seen.inSync && seen.lagSeconds > freshnessSeconds)
    return condition('Ready', 'False', 'Lagging', `It lacks versions that are older than ${age(freshnessSeconds)}`);
  const stalled = part('Stalled');
  if (stalled.status === 'True') return condition('Ready', 'False', stalled.reason, stalled.message);
  return condition('Ready', 'True', 'Working', 'Files come and go');
}

/** RFC 3339, by the clock of the hub that reports; older agents only know the site's own. Undefined: never. */
export function lastHeard({ heardAt, beatAt }: SiteReport): string | undefined {
  const at = heardAt ?? beatAt;
  return at > 0 ? isoSeconds(at) : undefined;
}
