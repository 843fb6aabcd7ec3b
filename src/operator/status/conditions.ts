import type { Condition } from '../../api/status.ts';

/** What is to be said, without the time. */
export type Verdict = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export const verdict = (type: string, status: Condition['status'], reason: string, message: string): Verdict => ({
  type,
  status,
  reason,
  message,
});

/** The conditions to write: the time of a condition is when its status last changed. Pure. */
export function conditionsFrom(
  verdicts: Verdict[],
  before: Condition[],
  generation: number | undefined,
  now: number,
): Condition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  return verdicts.map((one) => {
    const old = known.get(one.type);
    return {
      ...one,
      ...(generation !== undefined && { observedGeneration: generation }),
      lastTransitionTime:
        old?.status === one.status ? old.lastTransitionTime : new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
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
const BAD = new Set(['Stalled', 'Reconciling']);

/** What is worth an Event: a condition that changed its status or its reason. `Reconciling` comes and goes with every change. Pure. */
export function transitions(before: Condition[], after: Condition[]): Transition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  return after
    .filter(({ type, status, reason }) => {
      const old = known.get(type);
      if (type === 'Reconciling') return false;
      // What was never otherwise is no news, unless it is bad news.
      if (!old) return status === (BAD.has(type) ? 'True' : 'False');
      return old.status !== status || (old.reason !== reason && status !== 'True');
    })
    .map(({ type, status, reason, message }) => ({
      type: status === (BAD.has(type) ? 'False' : 'True') ? ('Normal' as const) : ('Warning' as const),
      reason: status === 'True' && !BAD.has(type) ? type : reason,
      message,
    }));
}
