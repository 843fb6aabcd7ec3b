import type { Logger } from 'pino';
import type { DataDir } from '../../local/data-dir.ts';
import { askAll } from '../sites/ask-all.ts';
import { siteClients } from '../sites/client.ts';

const PERIOD_MS = 5000;

/** What changed between two checks: a problem is reported when seen twice in a row, and again when it is gone. */
export function changesOf(
  previous: Set<string>,
  current: Set<string>,
  told: Set<string>,
): { begun: string[]; ended: string[] } {
  return {
    begun: [...current].filter((trouble) => previous.has(trouble) && !told.has(trouble)),
    ended: [...told].filter((trouble) => !current.has(trouble) && !previous.has(trouble)),
  };
}

/** Logs the problems that sites report, as they come and go. Returns a function that stops it. */
export function logProblems(data: DataDir, log: Logger): () => void {
  let previous = new Set<string>();
  const told = new Set<string>();

  async function look(): Promise<void> {
    const answers = await askAll(siteClients(data), (client) => client.status());
    const of = (answer: (typeof answers)[number]) => ('status' in answer ? answer.status.errors : [answer.error]);
    const current = new Set(answers.flatMap((answer) => of(answer).map((error) => `${answer.plan.site}\0${error}`)));
    const { begun, ended } = changesOf(previous, current, told);
    for (const trouble of begun) {
      told.add(trouble);
      log.warn(...partsOf(trouble));
    }
    for (const trouble of ended) {
      told.delete(trouble);
      const [{ site }, text] = partsOf(trouble);
      log.warn({ site }, `solved: ${text}`);
    }
    previous = current;
  }

  const timer = setInterval(() => {
    look().catch((error: Error) => log.warn({ err: error }, 'querying the sites for problems failed'));
  }, PERIOD_MS);
  return () => clearInterval(timer);
}

function partsOf(trouble: string): [{ site: string }, string] {
  const zero = trouble.indexOf('\0');
  const [site, text] = [trouble.slice(0, zero), trouble.slice(zero + 1)];
  return [{ site }, text.startsWith(`${site}: `) ? text.slice(site.length + 2) : text];
}
