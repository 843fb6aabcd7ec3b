import type { Why } from '../../agent/queries/explain.ts';
import { Refusal } from './client.ts';

/** What one site said about a file, or why it did not answer. */
export type WhyAnswer = { site: string } & ({ answer: Why } | { error: Error });

export type CombinedWhy = Omit<Why, 'sites'> & { sites: CombinedSite[] };

const NOT_REPLICATED = 'it does not know of this file yet: the rows arrive as soon as its links permit';
type SiteLine = Why['sites'][number];
type CombinedSite = Omit<SiteLine, 'state'> & { state: SiteLine['state'] | 'not reachable' };

/**
 * Combines the answers of all sites about a file: each site that answers knows its own state best. The head is the one
 * detected last; a site with an older one has not heard of it. Undefined when no site knows the file.
 */
export function combineWhy(asked: WhyAnswer[]): CombinedWhy | undefined {
  const answers = asked.flatMap((one) => ('answer' in one ? [one] : []));
  const [newest] = answers.toSorted((a, b) => (b.answer.head.detectedAt < a.answer.head.detectedAt ? -1 : 1));
  if (!newest) return undefined;
  const { head } = newest.answer;
  const sites = newest.answer.sites.map((line): CombinedSite => {
    const own = asked.find(({ site }) => site === line.site);
    if (!own) return line;
    if ('error' in own) {
      if (own.error instanceof Refusal && own.error.status === 404)
        return { site: line.site, state: 'waiting', next: NOT_REPLICATED };
      return line.state === 'has'
        ? line
        : {
            ...line,
            state: 'not reachable',
            error: own.error.message,
            next: 'it resumes when the site is running again',
          };
    }
    if (own.answer.head.version === head.version)
      return own.answer.sites.find(({ site }) => site === line.site) ?? line;
    const { error } = own.answer.sites.find(({ site }) => site === line.site) ?? {};
    return {
      site: line.site,
      state: 'waiting',
      ...(error !== undefined && { error }),
      next: `it only knows version ${own.answer.head.version} so far: newer rows are on their way`,
    };
  });
  return { path: newest.answer.path, head, sites };
}
