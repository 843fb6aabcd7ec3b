import { isDeed, type Script, type Step } from './step.ts';

/** Whether a script still fails. */
export type Fails = (script: Script) => Promise<boolean>;

/**
 * A shorter script that still fails: leaves out whole episodes, kinds of faults, sites and periods, one after another, as
 * long as it keeps failing. Ends after `limitMs` with the shortest one so far. A failure that depends on timing may not
 * recur: then nothing is left out.
 */
export async function shrink(
  script: Script,
  fails: Fails,
  limitMs: number,
  say: (line: string) => void,
): Promise<Script> {
  const end = Date.now() + limitMs;
  let best = script;
  for (let isSmaller = true; isSmaller && Date.now() < end; ) {
    isSmaller = false;
    for (const [what, candidate] of smaller(best)) {
      if (Date.now() >= end) break;
      const failed = await fails(candidate);
      say(`without ${what}, ${count(candidate)} steps: ${failed ? 'fails too' : 'passes'}`);
      if (!failed) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return best;
}

const count = ({ episodes }: Script) => episodes.reduce((sum, steps) => sum + steps.length, 0);

/** Scripts with something left out, largest savings first. Pure. */
export function* smaller(script: Script): Generator<[string, Script]> {
  const { episodes } = script;
  const last = episodes.at(-1) ?? [];
  if (episodes.length > 1) yield ['the episodes before', { ...script, episodes: [last] }];
  const without = function* (what: string, drop: (step: Step) => boolean): Generator<[string, Script]> {
    const left = last.filter((step) => !drop(step));
    if (left.length < last.length && left.length > 0)
      yield [what, { ...script, episodes: [...episodes.slice(0, -1), left] }];
  };
  const kindOf = (step: Step) => (isDeed(step) ? step.do : step.fault);
  yield* without('faults', (step) => !isDeed(step));
  const end = last.at(-1)?.at ?? 0;
  for (const parts of [2, 4]) {
    for (let i = 0; i < parts; i++) {
      const [from, to] = [(end * i) / parts, (end * (i + 1)) / parts];
      yield* without(`ms ${Math.round(from)} to ${Math.round(to)}`, ({ at }) => at >= from && at <= to);
    }
  }
  for (const kind of new Set(last.map(kindOf))) yield* without(kind, (step) => kindOf(step) === kind);
  for (const site of new Set(last.map((step) => step.site)))
    yield* without(`what happens at ${site}`, (step) => step.site === site);
}
