import type { Edge, SiteName } from '../../hack/soak/star.ts';
import type { Deed } from '../../hack/soak/step.ts';

/** What breaks. `calls`: at which call of the agent to one of its edges from now on. */
export type Fault =
  /** The agent is killed, and started again after `ms`. */
  | { fault: 'kill'; calls: number; ms: number }
  /** The machine loses its power. */
  | { fault: 'powerCut'; calls: number; ms: number }
  | { fault: 'cut'; edge: Edge; ms: number }
  | { fault: 'slow'; edge: Edge; ms: number }
  | { fault: 'overflow' }
  | { fault: 'diskFull'; ms: number }
  | { fault: 'databaseAway'; ms: number }
  | { fault: 'clock'; byMs: number };

/** One step of a script. `at`: ms since it began. `id` is its own: contents are made from it. */
export type Step = { id: string; at: number; site: SiteName } & (Deed | Fault);
export type DeedStep = Extract<Step, Deed>;
export type FaultStep = Extract<Step, Fault>;

export const isDeed = (step: Step): step is DeedStep => 'do' in step;
