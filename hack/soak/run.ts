import { type Evidence, judge, type Violations } from './invariants.ts';
import { FIRST_SETTINGS, type Star, startStar } from './network.ts';
import { Play } from './play.ts';
import type { Script, Step } from './step.ts';

export interface RunOptions {
  seed: number;
  engine: Script['engine'];
  /** A working directory for this run; removed when it ends. */
  work: string;
  /** How long the network may take to settle after the last fault. */
  restLimitMs: number;
  /** The steps of an episode; undefined when the run is over. */
  next(number: number): Step[] | undefined;
  say(line: string): void;
  /** Ends the run early: it rejects once everything that it started is gone. */
  signal?: AbortSignal;
  /** Called on a violation while the network still exists: with its directory, the evidence, and what was done. */
  keep?(data: string, evidence: Evidence, done: string[]): void;
}

export interface Outcome {
  script: Script;
  violations: Violations;
  /** Contents that a person overwrote before they had left the office: nothing keeps those. */
  overwrittenAtHome: number;
}

/**
 * Plays episodes on six real sites until one violates an invariant or none is left. Stops and removes everything that it
 * started.
 */
export async function run(options: RunOptions): Promise<Outcome> {
  const star = await startFresh(options);
  const script: Script = { seed: options.seed, engine: options.engine, episodes: [] };
  const play = new Play(star, options);
  try {
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

/**
 * Six new databases may take longer than `up` waits, and another program may take a port that was free: then start over
 * with other ports.
 */
async function startFresh({ work, engine, say }: RunOptions): Promise<Star> {
  for (let tries = 3; ; tries--) {
    const star = await startStar(work, engine, FIRST_SETTINGS);
    try {
      await star.apply(FIRST_SETTINGS);
      return star;
    } catch (error) {
      await star.remove();
      if (tries === 1) throw error;
      say('up did not come to an end: beginning anew');
    }
  }
}
