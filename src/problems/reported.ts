import { z } from 'zod';
import { displayText } from '../base/bytes.ts';
import type { ReportedProblem } from './problem.ts';

const MOST_PARAMS = 8;
/** Characters of one param. */
const LONGEST = 300;

const Params = z
  .record(z.string().max(32), z.union([z.string().max(LONGEST), z.number()]))
  .refine((params) => Object.keys(params).length <= MOST_PARAMS);

/** A problem as another site reports it. What cannot be read of one says so, and spoils nothing else. */
const Reported = z
  .object({ code: z.string().regex(/^[A-Za-z]{1,64}$/), params: Params.catch({}) })
  .catch({ code: 'unreadableProblem', params: {} });

/** A list of at most this many. */
export const reported = (most: number) => z.array(z.unknown()).transform((all) => all.slice(0, most).map(readReported));

export const readReported = (value: unknown): ReportedProblem => Reported.parse(value);

/** As it is told to others: params longer than they may be are cut. */
export function bounded({ code, params }: ReportedProblem): ReportedProblem {
  const cut = ([name, value]: [string, string | number]) =>
    [name, typeof value === 'string' ? value.slice(0, LONGEST) : value] as const;
  return { code, params: Object.fromEntries(Object.entries(params).map(cut)) };
}

/** What was written by a stranger, harmless for a terminal. */
export function harmless({ code, params }: ReportedProblem): ReportedProblem {
  const shown = ([name, value]: [string, string | number]) =>
    [displayText(name), typeof value === 'string' ? displayText(value).slice(0, LONGEST) : value] as const;
  return { code, params: Object.fromEntries(Object.entries(params).map(shown)) };
}
