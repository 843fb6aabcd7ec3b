import { z } from 'zod';
import { displayText } from '../base/bytes.ts';
import type { ReportedProblem } from './problem.ts';

const MOST_PARAMS = 8;
/** Maximum length of a param. */
const LONGEST = 300;

const Params = z
  .record(z.string().max(32), z.union([z.string().max(LONGEST), z.number()]))
  .refine((params) => Object.keys(params).length <= MOST_PARAMS);

/** A problem as another site reports it. One that is unreadable is replaced by one that says so; the others count. */
const Reported = z
  .object({ code: z.string().regex(/^[A-Za-z]{1,64}$/), params: Params.catch({}) })
  .catch({ code: 'unreadableProblem', params: {} });

/** A list of at most this many. */
export const reported = (most: number) => z.array(z.unknown()).transform((all) => all.slice(0, most).map(readReported));

export const readReported = (value: unknown): ReportedProblem => Reported.parse(value);

/** The problem as it is sent to others, with params cut to their maximum length. */
export function bounded({ code, params }: ReportedProblem): ReportedProblem {
  const cut = ([name, value]: [string, string | number]) =>
    [name, typeof value === 'string' ? value.slice(0, LONGEST) : value] as const;
  return { code, params: Object.fromEntries(Object.entries(params).map(cut)) };
}

/** An untrusted problem with text that is safe to print on a terminal. */
export function harmless({ code, params }: ReportedProblem): ReportedProblem {
  const shown = ([name, value]: [string, string | number]) =>
    [displayText(name), typeof value === 'string' ? displayText(value).slice(0, LONGEST) : value] as const;
  return { code, params: Object.fromEntries(Object.entries(params).map(shown)) };
}
