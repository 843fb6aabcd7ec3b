import { condition, type NewCondition, STARTING } from './conditions.ts';
import type { SiteFacts } from './site-facts.ts';

/** A pod that is older should have connected. */
export const START_MS = 120_000;
/** The first connections of a new pod may not last, as when it moves on to its preferred hub. */
export const STEADY_MS = 10_000;

/** What a new pod lacks until its links are up and its hub has heard it; then its reason is one of these. */
const NOT_YET = new Set(['NoReport', 'NotReported', 'NotHeard', 'NotReceiving', 'NotSeen']);
/** How a pod looks while nothing is wrong with it. */
const NORMAL = new Set(['NoPod', 'PodNotReady']);

/** Whether the pod is new, and kubelet and scheduler report nothing wrong with it. Pure. */
function isStarting({ pod, now }: Pick<SiteFacts, 'pod' | 'now'>): boolean {
  if (pod?.createdAt === undefined || now - pod.createdAt >= START_MS) return false;
  return pod.ready || NORMAL.has(pod.failure?.reason ?? 'PodNotReady');
}

/** The condition, or that it is too early to tell. A pod that does not connect is reported once it is no longer new. Pure. */
export function unlessStarting(one: NewCondition, facts: Pick<SiteFacts, 'pod' | 'now'>): NewCondition {
  if (one.status === 'True' || !NOT_YET.has(one.reason) || !isStarting(facts)) return one;
  return condition(one.type, 'Unknown', STARTING, 'Its pod is new and is connecting');
}

/**
 * Whether the pod is new, and not known to have been connected for a while: `Ready` must not be True before, or whoever
 * waits for it would be told too early. Pure.
 */
export function hasJustConnected({ pod, now, before }: Pick<SiteFacts, 'pod' | 'now' | 'before'>): boolean {
  if (!isStarting({ pod, now })) return false;
  const was = (type: string) => before.conditions?.find((one) => one.type === type);
  if (was('Ready')?.status === 'True') return false;
  const connected = was('Connected');
  return connected?.status !== 'True' || now - Date.parse(connected.lastTransitionTime) < STEADY_MS;
}
