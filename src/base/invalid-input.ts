/** One problem with input: where, why, and what to do. */
export interface InputProblem {
  /** File name, when it came from a file. */
  file?: string;
  line?: number;
  /** Kind and name of the object, for instance "Site/brazil". */
  object?: string;
  /** Path of the field, for instance "spec.hubs[0].name". */
  field?: string;
  reason: string;
  remedy: string;
}

/** Bad input, with all its problems. Nothing was started or changed. */
export class InvalidInput extends Error {
  readonly problems: InputProblem[];

  constructor(problems: InputProblem[]) {
    super(problems.map(formatInputProblem).join('\n'));
    this.name = 'InvalidInput';
    this.problems = problems;
  }
}

/** `file:line: Site/brazil spec.hubs[0].name: reason. Remedy.` */
export function formatInputProblem(p: InputProblem): string {
  const where = [p.file && (p.line ? `${p.file}:${p.line}` : p.file)].filter(Boolean).join('');
  const what = [p.object, p.field].filter(Boolean).join(' ');
  return `${[where, what, p.reason].filter(Boolean).join(': ')}. ${p.remedy}`;
}
