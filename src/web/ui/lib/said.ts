import { fill } from '../../../problems/template.ts';
import type { OfficeProblem, Problem } from '../../contract/common.ts';
import { site } from './messages.ts';

/** What the site refused, in the person's language where there is a sentence for it, else as the site says it. */
export function refusalText({ code, params, detail }: Partial<Problem>): string | undefined {
  const known = own<string>(site?.refusals, code);
  return known === undefined ? detail : fill(known, params ?? {});
}

/** What is wrong at an office, and what to do. `lang`: of what the site says in its own words. */
export function officeProblemText({ code, params, reason, remedy }: OfficeProblem): {
  reason: string;
  remedy: string;
  lang?: 'en';
} {
  const known = own<Pick<OfficeProblem, 'reason' | 'remedy'>>(site?.problems, code);
  if (!known) return { reason, remedy, lang: 'en' };
  return { reason: fill(known.reason, params), remedy: fill(known.remedy, params) };
}

/** Own properties only: a code from a site may equal the name of an inherited one. */
const own = <T>(of: Record<string, T> | undefined, code: string | undefined): T | undefined =>
  of && code !== undefined && Object.hasOwn(of, code) ? of[code] : undefined;

/** The site's sentences begin in lower case and have no full stop. */
export function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
