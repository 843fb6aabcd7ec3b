import type { Condition } from '../../api/status.ts';
import { BAD, SIGHT } from './conditions.ts';

/**
 * What was last known of objects, over the time in which it cannot be known: trouble that was told, and is over when its site is seen
 * again, is told as over; trouble that is still the same then is no news.
 */
export interface LastKnown {
  /** The conditions of an object with the trouble that was known in place of "Unknown", where "Unknown" is no news of its own. */
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
      // Only trouble can be over, or be the same still.
      const failures = known.filter(({ type, status }) => status === (BAD.has(type) ? 'True' : 'False'));
      if (failures.length > 0) objects.set(uid, new Map(failures.map((condition) => [condition.type, condition])));
      else objects.delete(uid);
      return known;
    },
    forget: (network) => void networks.delete(network),
  };
}
