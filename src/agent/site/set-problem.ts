import { type Problem, sentenceOf } from '../../problems/problem.ts';
import type { SiteContext } from './site.ts';

type Parts = Pick<SiteContext, 'problems' | 'log'> & { plan: { site: string } };

/** Sets or clears the problem of one subject: status shows it, and changes are logged. */
export function setProblem({ problems, log, plan }: Parts, about: string, problem?: Problem): void {
  const before = problems.get(about);
  if (JSON.stringify(before) === JSON.stringify(problem)) return;
  if (problem === undefined) {
    problems.delete(about);
    log.info({ about }, 'recovered');
  } else {
    problems.set(about, problem);
    log.error({ about, reason: sentenceOf(problem, plan.site) }, 'needs attention');
  }
}
