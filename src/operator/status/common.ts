import type { NetworkReport } from '../../api/network-report.ts';
import { formatInputProblem, type InputProblem } from '../../base/invalid-input.ts';
import { condition, type NewCondition } from './conditions.ts';
import { sentences } from './format.ts';

/** What the status of every object depends on. */
export interface Common {
  generation: number | undefined;
  problems: InputProblem[];
  report: NetworkReport | undefined;
  now: number;
}

/**
 * Why the spec is invalid, and what applies meanwhile.
 * @param planned whether an earlier spec was valid
 */
export function stalled(problems: InputProblem[], planned: boolean): NewCondition {
  if (problems.length === 0) return condition('Stalled', 'False', 'Valid', 'The spec is valid');
  const meanwhile = planned ? 'The last valid spec stays in effect.' : 'It has no effect.';
  return condition('Stalled', 'True', 'InvalidSpec', sentences(...problems.map(formatInputProblem), meanwhile));
}

export const base = (generation: number | undefined) =>
  generation === undefined ? {} : { observedGeneration: generation };
