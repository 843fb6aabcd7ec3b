import { budgetOf } from '../../topology/inline.ts';
import type { InlineBudget } from '../../topology/site-plan.ts';
import { createTokenBucket } from './token-bucket.ts';

/** How much may be put into rows: what the plan allows, and what the slowest line carries that any site has measured. */
export interface RowBudget {
  /** Takes so many bytes for one content if they are available. `now`: monotonic milliseconds. */
  take(bytes: number, now: number): boolean;
  /** From now on the plan allows this. */
  plan(budget: InlineBudget): void;
  /** What this site has measured of its own lines: bytes per second of the slowest; undefined when all are fast. */
  noteOwn(rate: number | undefined): void;
  own(): number | undefined;
  /** The same of all other sites. */
  noteOthers(rate: number | undefined): void;
}

export function createRowBudget(planned: InlineBudget): RowBudget {
  let limits = planned;
  let [own, others]: (number | undefined)[] = [];
  const now = () => lesser(limits, own, others);
  const bucket = createTokenBucket(planned.bytesPerSecond, planned.burstBytes);
  const resize = () => bucket.resize(now().bytesPerSecond, now().burstBytes);
  return {
    take: (bytes, at) => bytes <= now().maxBytes && bucket.take(bytes, at),
    plan(budget) {
      limits = budget;
      resize();
    },
    noteOwn(rate) {
      own = rate;
      resize();
    },
    own: () => own,
    noteOthers(rate) {
      others = rate;
      resize();
    },
  };
}

function lesser(planned: InlineBudget, ...rates: (number | undefined)[]): InlineBudget {
  const slowest = Math.min(...rates.map((rate) => rate ?? Number.POSITIVE_INFINITY));
  if (slowest === Number.POSITIVE_INFINITY) return planned;
  const measured = budgetOf(slowest);
  const least = (of: keyof InlineBudget) => Math.min(planned[of], measured[of]);
  return { maxBytes: least('maxBytes'), bytesPerSecond: least('bytesPerSecond'), burstBytes: least('burstBytes') };
}
