import type { Why } from './why.ts';

/** One site's answer about a file, or why there is none; `unknownThere`: it knows no version of the file. */
export type WhyAnswer = { site: string } & ({ answer: Why } | { error: Error; unknownThere: boolean });

export type MergedWhy = Omit<Why, 'sites'> & { sites: MergedLine[] };

const NOT_REPLICATED = 'it does not know of this file yet: the rows arrive as soon as its links permit';
type SiteLine = Why['sites'][number];
type MergedLine = Omit<SiteLine, 'state'> & { state: SiteLine['state'] | 'not reachable' };

/**
 * Merges the answers of all sites about a file. Each site knows its own state best. The head is the one detected last;
 * a site with an older one has not heard of it. Undefined when no site knows the file. Pure.
 */
export function mergeWhy(asked: WhyAnswer[]): MergedWhy | undefined {
  const answers = asked.flatMap((one) => ('answer' in one ? [one] : []));
  const [newest] = answers.toSorted((a, b) => (b.answer.head.detectedAt < a.answer.head.detectedAt ? -1 : 1));
  if (!newest) return undefined;
  const { head } = newest.answer;
  const sites = newest.answer.sites.map((line): MergedLine => {
    const own = asked.find(({ site }) => site === line.site);
    if (!own) return line;
    if ('error' in own) {
      if (own.unknownThere) return { site: line.site, state: 'waiting', next: NOT_REPLICATED };
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
    const { problem, error } = own.answer.sites.find(({ site }) => site === line.site) ?? {};
    return {
      site: line.site,
      state: 'waiting',
      ...(problem && { problem }),
      ...(error !== undefined && { error }),
      next: `it only knows version ${own.answer.head.version} so far: newer rows are on their way`,
    };
  });
  return { path: newest.answer.path, head, sites };
}
