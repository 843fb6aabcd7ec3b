import type { Condition } from '../../api/status.ts';
import { BAD, SIGHT } from './conditions.ts';

/**
 * The last known conditions of objects while their present ones are unknown. A problem that was reported and is over
 * when the site is seen again is reported as over; one that persists is not reported again.
 */
export interface LastKnown {
  /**
   * The conditions of an object, with the last known problem in place of each `Unknown` that is not reported itself.
   */
  see(network: string, uid: string, conditions: Condition[]): Condition[];
  forget(network: string): void;
}

export function createLastKnown(): LastKnown {
  const networks = new Map<string, Map<string, Map<string, Condition>>>();
  return {
    see(network, uid, conditions) {
      const objects = networks.get(network) ?? new Map<string, Map<string, Condition>>();
      networks.set(network, objects);
      const before = objects.get(uid);
      const known = conditions.map((condition) =>
        condition.status === 'Unknown' && !SIGHT.has(condition.type)
          ? (before?.get(condition.type) ?? condition)
          : condition,
      );
      // Only a problem can be over, or persist.
      const failures = known.filter(({ type, status }) => status === (BAD.has(type) ? 'True' : 'False'));
      if (failures.length > 0) objects.set(uid, new Map(failures.map((condition) => [condition.type, condition])));
      else objects.delete(uid);
      return known;
    },
    forget: (network) => void networks.delete(network),
  };
}
