import type { Condition } from '../../api/status.ts';
import { isoSeconds } from './format.ts';

/** What is to be said, without the time. */
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

/** The conditions to write: the time of a condition is when its status last changed. Pure. */
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

/** A change that a person would want to know of. */
export interface Transition {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** Conditions whose "True" is bad news. */
export const BAD = new Set(['Stalled', 'Reconciling', 'ChangesHeld']);
/** They come and go with every change. That a site is late is told by `Ready`. */
const EVERYDAY = new Set(['Reconciling', 'InSync']);
/** Where "Unknown" is news. Of the others everything is unknown when a site cannot be seen: that is told once. */
export const SIGHT = new Set(['Connected', 'Ready']);

/** How every pod begins: news only of one that was well. */
const BEGINNING = new Set(['NoPod', 'PodNotReady']);

/** What is worth an Event: a condition that changed its status, or its reason while it is bad. Pure. */
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
  if (BEGINNING.has(reason) && old?.status !== 'True') return false;
  // What was never otherwise is no news, unless it is bad news.
  if (!old) return status === (BAD.has(type) ? 'True' : 'False');
  const good = BAD.has(type) ? 'False' : 'True';
  if (!SIGHT.has(type) && (status === 'Unknown' || old.status === 'Unknown'))
    return status === (BAD.has(type) ? 'True' : 'False');
  return old.status !== status || (old.reason !== reason && status !== good);
}

/** What is wrong, as a condition says it: a word for machines, and words with the remedy for people. */
export interface Failure {
  reason: string;
  message: string;
}
