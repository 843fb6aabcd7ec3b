import { describe, type ReportedProblem } from '../../problems/problem.ts';
import type { OfficeProblem } from './common.ts';

/** A problem of an office as the page shows it. */
export function officeProblem(site: string, { code, params }: ReportedProblem): OfficeProblem {
  return { code, params: { ...params, site }, ...describe({ code, params }, site) };
}
