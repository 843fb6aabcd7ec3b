import { type Gap, gapsOf, type HiddenLag, type SiteAnswer } from '../../agent/queries/merge-status.ts';
import type { SiteClient } from './client.ts';

/** What sites lack without knowing it: for each gap, asks one of the sites that have heard of most. */
export async function hiddenLag(answers: SiteAnswer[], clients: SiteClient[]): Promise<HiddenLag[]> {
  const gaps = gapsOf(answers).filter((gap) => gap.unaware);
  const found = await Promise.all(
    gaps.map(async (gap) => {
      const client = clients.find(({ name }) => name === bestInformed(answers, gap));
      // It may have stopped since it was asked for its status: the gap is shown all the same.
      const lacks = await client?.beyond(gap.site, gap.origin, gap.known).catch(() => undefined);
      return lacks && { name: gap.site, ...lacks };
    }),
  );
  return found.filter((one) => one !== undefined);
}

function bestInformed(answers: SiteAnswer[], { origin, newest }: Gap): string | undefined {
  const knows = (answer: SiteAnswer) => 'status' in answer && answer.status.vector[origin]?.known === newest;
  return answers.find(knows)?.plan.site;
}
