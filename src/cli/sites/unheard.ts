import type { SiteClient } from './client.ts';
import { type Answer, type Gap, gapsOf, type Unheard } from './network-status.ts';

/** What sites lack without knowing it: for each gap, asks one of the sites that have heard of most. */
export async function unheardOf(answers: Answer[], clients: SiteClient[]): Promise<Unheard[]> {
  const gaps = gapsOf(answers).filter((gap) => gap.unheard);
  const found = await Promise.all(
    gaps.map(async (gap) => {
      const teller = clients.find(({ name }) => name === tellerOf(answers, gap));
      // It may have stopped since it was asked for its status: the gap is shown all the same.
      const lacks = await teller?.beyond(gap.site, gap.origin, gap.known).catch(() => undefined);
      return lacks && { name: gap.site, ...lacks };
    }),
  );
  return found.filter((one) => one !== undefined);
}

function tellerOf(answers: Answer[], { origin, newest }: Gap): string | undefined {
  const knows = (answer: Answer) => 'status' in answer && answer.status.vector[origin]?.known === newest;
  return answers.find(knows)?.plan.site;
}
