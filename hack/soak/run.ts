import { type Evidence, INVARIANTS } from './invariants.ts';
import { startStar } from './network.ts';
import { Play } from './play.ts';
import type { Script, Step } from './step.ts';

export interface RunOptions {
  seed: number;
  engine: Script['engine'];
  /** A directory of this run's own; removed when it ends. */
  work: string;
  /** How long the network may take to come to rest after the last fault. */
  restLimitMs: number;
  /** The steps of an episode; undefined when the run is over. */
  next(number: number): Step[] | undefined;
  say(line: string): void;
  /** Ends the run early: it rejects, when all that it started is gone. */
  signal?: AbortSignal;
  /** Called while the network still exists, when something was violated: with its folder, and what was seen and done. */
  keep?(data: string, evidence: Evidence, done: string[]): void;
}

/** Violations by the name of the invariant. */
export type Violations = Map<string, string[]>;

export interface Outcome {
  script: Script;
  violations: Violations;
  /** Contents that a person wrote over with his own hands before they had left his office: nothing keeps those. */
  overwrittenAtHome: number;
}

/** Plays episodes on six real sites until one violates an invariant or none is left. Stops and removes all that it started. */
export async function run(options: RunOptions): Promise<Outcome> {
  const settings = { ignore: [], keep: 10_000 };
  const star = await startStar(options.work, options.engine, settings);
  const script: Script = { seed: options.seed, engine: options.engine, episodes: [] };
  const play = new Play(star, options);
  try {
    await start(() => star.apply(settings), options.say);
    play.watch();
    let violations: Violations = new Map();
    for (let number = 0; violations.size === 0; number++) {
      const steps = options.next(number);
      if (!steps) break;
      script.episodes.push(steps);
      const evidence = await play.episode(number, steps);
      violations = judge(evidence);
      if (violations.size > 0) options.keep?.(star.data, evidence, play.done);
    }
    return { script, violations, overwrittenAtHome: play.overwrittenAtHome() };
  } finally {
    await play.stop();
    await star.remove();
  }
}

/** Six databases that are made anew may take longer than `up` waits, where others use the machine too. */
async function start(up: () => Promise<void>, say: (line: string) => void): Promise<void> {
  for (let tries = 3; ; tries--) {
    try {
      return await up();
    } catch (error) {
      if (tries === 1) throw error;
      say('up did not come to an end in time: trying again');
    }
  }
}

function judge(evidence: Evidence): Violations {
  const found = INVARIANTS.map(({ name, violations }) => [name, violations(evidence)] as const);
  return new Map(found.filter(([, list]) => list.length > 0));
}
