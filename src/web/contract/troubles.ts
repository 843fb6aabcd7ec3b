import { describe, type ReportedProblem } from '../../problems/problem.ts';
import type { OfficeTrouble } from './common.ts';

/** A problem of an office as the page shows it: in English, and with what it takes to say it in another language. */
export function troubleAt(site: string, { code, params }: ReportedProblem): OfficeTrouble {
  return { code, params: { ...params, site }, ...describe({ code, params }, site) };
}
