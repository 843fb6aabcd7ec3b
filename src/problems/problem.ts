import { type ParamsOf, PROBLEMS, type ProblemCode } from './catalogue.ts';
import { fill, type TemplateValues } from './template.ts';

/** One thing wrong at a site, for programs: what it is, and what it concerns. */
export type Problem = { [C in ProblemCode]: { code: C; params: ParamsOf<C> } }[ProblemCode];

/** A problem that another site reports: its code may be of a newer release, and its params may be anything that fits the schema. */
export interface ReportedProblem {
  code: string;
  params: TemplateValues;
}

export function problem<C extends ProblemCode>(
  code: C,
  ...[params]: Partial<ParamsOf<C>> extends ParamsOf<C> ? [] | [ParamsOf<C>] : [ParamsOf<C>]
): Problem {
  return { code, params: params ?? {} } as Problem;
}

/** Something failed for a reason of the catalogue. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, site = 'this site') {
    super(sentenceOf(problem, site));
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** The problem of an error; `otherwise` makes one of the message of any other error. */
export const problemOf = (error: unknown, otherwise: (why: string) => Problem = other): Problem =>
  error instanceof ProblemError ? error.problem : otherwise(error instanceof Error ? error.message : String(error));

const other = (text: string) => problem('other', { text });

/** What is wrong at `site`, and what to do about it, in English. Never throws, whatever was reported. */
export function describe({ code, params }: ReportedProblem, site: string): { reason: string; remedy: string } {
  if (!isKnown(code)) {
    const said = Object.entries(params).map(([name, value]) => `${name}: ${value}`);
    return { reason: `${code}${said.length > 0 ? ` (${said.join(', ')})` : ''}`, remedy: '' };
  }
  const { reason, remedy } = PROBLEMS[code];
  const values = { ...params, site };
  return { reason: fill(reason, values), remedy: fill(remedy, values) };
}

/** The same in one line, with what a program said. */
export function sentenceOf(problem: ReportedProblem, site: string): string {
  const { reason, remedy } = describe(problem, site);
  const { detail } = problem.params;
  return `${reason}${remedy === '' ? '' : `: ${remedy}`}${detail === undefined ? '' : ` (${detail})`}`;
}

const isKnown = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

/** Each once. */
export function distinct<P extends ReportedProblem>(problems: P[]): P[] {
  return [...new Map(problems.map((one) => [JSON.stringify(one), one])).values()];
}
