import type { SiteStatus } from '../../api/status.ts';
import type { KubeObject } from '../kube/object.ts';
import { type Marks, marksOf } from '../objects/marks.ts';

/** What the operator remembers for roll-outs. A new one looks once before it changes anything. */
export interface Rollouts {
  /** The marks of the StatefulSet that is made from these inputs, compared by identity; undefined without one. */
  marksOf(site: string, made: unknown[], make: () => KubeObject[], written: () => string): Marks | undefined;
  /** Notes the statuses of a network's sites; undefined while no hub reports. */
  saw(network: string, statuses: ReadonlyMap<string, SiteStatus> | undefined): void;
  /** What was last noted. */
  last(network: string): ReadonlyMap<string, SiteStatus> | undefined;
  forget(network: string): void;
}

export function createRollouts(): Rollouts {
  const known = new Map<string, { made: unknown[]; marks: Marks | undefined }>();
  const seen = new Map<string, ReadonlyMap<string, SiteStatus> | undefined>();
  return {
    marksOf(site, made, make, written) {
      const before = known.get(site);
      if (before && made.length === before.made.length && made.every((one, i) => one === before.made[i]))
        return before.marks;
      const statefulSet = make().find(({ kind }) => kind === 'StatefulSet');
      const marks = statefulSet && marksOf(statefulSet, written());
      known.set(site, { made, marks });
      return marks;
    },
    saw: (network, statuses) => void seen.set(network, statuses),
    last: (network) => seen.get(network),
    forget(network) {
      seen.delete(network);
      for (const site of known.keys()) if (site.startsWith(`${network}/`)) known.delete(site);
    },
  };
}
