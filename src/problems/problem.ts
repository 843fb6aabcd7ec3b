import { type ParamsOf, PROBLEMS, type ProblemCode } from './catalogue.ts';
import { fill, type TemplateValues } from './template.ts';

/** Something wrong at a site: its code, and what it concerns. */
export type Problem = { [C in ProblemCode]: { code: C; params: ParamsOf<C> } }[ProblemCode];

/**
 * A problem as another site reports it: the code may be that of a newer release, and the params anything that fits the
 * schema.
 */
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

/** A failure with a problem of the catalogue. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, site = 'this site') {
    super(sentenceOf(problem, site));
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** The problem of an error; for any other error `otherwise` makes one of its message. */
export const problemOf = (error: unknown, otherwise: (why: string) => Problem = other): Problem =>
  error instanceof ProblemError ? error.problem : otherwise(error instanceof Error ? error.message : String(error));

const other = (text: string) => problem('other', { text });

/** What is wrong at `site` and what to do about it, in English. Never throws, whatever was reported. */
export function describe({ code, params }: ReportedProblem, site: string): { reason: string; remedy: string } {
  if (!isKnown(code)) {
    const said = Object.entries(params).map(([name, value]) => `${name}: ${value}`);
    return { reason: `${code}${said.length > 0 ? ` (${said.join(', ')})` : ''}`, remedy: '' };
  }
  const { reason, remedy } = PROBLEMS[code];
  const values = { ...params, site };
  return { reason: fill(reason, values), remedy: fill(remedy, values) };
}

/** The same in one line, with the message of a program if there is one. */
export function sentenceOf(problem: ReportedProblem, site: string): string {
  const { reason, remedy } = describe(problem, site);
  const { detail } = problem.params;
  return `${reason}${remedy === '' ? '' : `: ${remedy}`}${detail === undefined ? '' : ` (${detail})`}`;
}

const isKnown = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

/** Without duplicates. */
export function distinct<P extends ReportedProblem>(problems: P[]): P[] {
  return [...new Map(problems.map((one) => [JSON.stringify(one), one])).values()];
}
