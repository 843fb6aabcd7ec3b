import type { Condition } from '../../api/status.ts';
import { isoSeconds } from './format.ts';

/** A condition without its times. */
export type NewCondition = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): NewCondition => ({
  type,
  status,
  reason,
  message,
});

/** The conditions to write; `lastTransitionTime` is when the status of a condition last changed. Pure. */
export function conditionsFrom(
  conditions: NewCondition[],
  before: Condition[],
  generation: number | undefined,
  now: number,
): Condition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  return conditions.map((one) => {
    const old = known.get(one.type);
    return {
      ...one,
      ...(generation !== undefined && { observedGeneration: generation }),
      lastTransitionTime: old?.status === one.status ? old.lastTransitionTime : isoSeconds(now),
    };
  });
}

/** A change of a condition that is reported as an Event. */
export interface Transition {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** Conditions for which `True` is the bad state. */
export const BAD = new Set(['Stalled', 'Reconciling', 'ChangesHeld']);
/** These change with every edit. A site that is late is reported by `Ready`. */
const EVERYDAY = new Set(['Reconciling', 'InSync']);
/**
 * Conditions for which `Unknown` is reported. When a site cannot be seen, all others are unknown too: one report
 * suffices.
 */
export const SIGHT = new Set(['Connected', 'Ready']);

/** Reason of what a new pod has not had the time for yet. Never reported: it passes, or another reason follows. */
export const STARTING = 'Starting';

/** Every pod starts like this: reported only if it was ready before. */
const BEGINNING = new Set(['NoPod', 'PodNotReady']);

/** The transitions to report as Events: a condition changed its status, or its reason while it is bad. Pure. */
export function transitions(before: Condition[], after: Condition[]): Transition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  const news = after.filter((now) => isNews(now, known.get(now.type)));
  return news
    .filter(
      ({ type, reason }) => type !== 'Ready' || !news.some((other) => other.type !== type && other.reason === reason),
    )
    .map(({ type, status, reason, message }) => ({
      type: status === (BAD.has(type) ? 'False' : 'True') ? ('Normal' as const) : ('Warning' as const),
      reason: status === 'True' && !BAD.has(type) ? type : reason,
      message,
    }));
}

function isNews({ type, status, reason }: Condition, old: Condition | undefined): boolean {
  if (EVERYDAY.has(type)) return false;
  if (reason === STARTING || (BEGINNING.has(reason) && old?.status !== 'True')) return false;
  if (status === 'Unknown' && old?.status === 'Unknown') return false;
  // A new condition is reported only if it is bad.
  if (!old) return status === (BAD.has(type) ? 'True' : 'False');
  const good = BAD.has(type) ? 'False' : 'True';
  if (!SIGHT.has(type) && (status === 'Unknown' || old.status === 'Unknown'))
    return status === (BAD.has(type) ? 'True' : 'False');
  return old.status !== status || (old.reason !== reason && status !== good);
}

/** Reason and message of a failed condition. The message includes the remedy. */
export interface Failure {
  reason: string;
  message: string;
}
