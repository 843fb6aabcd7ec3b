import { covers } from '../kube/differs.ts';

/** Texts with numbers that move all the time while a site catches up. */
const NUMBERS = ['lag', 'behind', 'disk', 'sitesInSync'];
/** They alone are written no more often than this. */
export const NUMBERS_MS = 30_000;

/** Slows down the writing of numbers. A new operator starts anew. */
export interface Pace {
  /** The status to write now: with the numbers of `before` when only they have changed, and not long ago. */
  pace<S extends object>(network: string, uid: string, before: object, after: S): S;
  forget(network: string): void;
}

export function createPace(now: () => number): Pace {
  const networks = new Map<string, Map<string, number>>();
  return {
    pace(network, uid, before, after) {
      const objects = networks.get(network) ?? new Map<string, number>();
      networks.set(network, objects);
      const paced = withNumbersOf(before, after);
      if (covers(before, after)) return after;
      const elapsed = now() - (objects.get(uid) ?? 0);
      // A change that is written anyway takes the numbers along.
      if (elapsed < NUMBERS_MS && covers(before, paced)) return paced;
      objects.set(uid, now());
      return after;
    },
    forget: (network) => void networks.delete(network),
  };
}

function withNumbersOf<S extends object>(before: object, after: S): S {
  const kept = Object.entries(before).filter(([name]) => NUMBERS.includes(name) && name in after);
  return { ...after, ...Object.fromEntries(kept) };
}
