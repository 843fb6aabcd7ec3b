import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Deeds } from './deeds.ts';
import { endedAlone, lookAtContents, readJournals } from './evidence.ts';
import { Faults } from './faults.ts';
import type { Evidence } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { Looker, type Tree } from './look.ts';
import { FIRST_SETTINGS, type Star } from './network.ts';
import { People } from './people.ts';
import type { RunOptions } from './run.ts';
import { EDGE_NAMES, SITES, type SiteName } from './star.ts';
import { differences, type Lie, type Said, StatusWatch } from './status-watch.ts';
import { isDeed, type Step } from './step.ts';

const LOOK_EVERY_MS = 400;
const ASK_EVERY_MS = 500;
/** How long everything must be equal and in sync to count as settled. */
const QUIET_MS = 2500;

/** One network with its users, faults and checks. */
export class Play {
  private readonly star: Star;
  private readonly options: RunOptions;
  private readonly deeds = new Deeds();
  private readonly ledger = new Ledger(this.deeds);
  private readonly statusWatch = new StatusWatch();
  private readonly people: People;
  private readonly faults: Faults;
  private readonly lookers: Map<SiteName, Looker>;
  private readonly started = Date.now();
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>[] = [];
  /** What the steps of the last episode did, one line per step. */
  done: string[] = [];
  private trees = new Map<SiteName, Tree>();
  private answers: Said[] = [];
  private last: Said | undefined;
  /** The longest per path. */
  private readonly lies = new Map<string, Lie>();
  private bytesWritten = 0;
  private faultCount = 0;

  constructor(star: Star, options: RunOptions) {
    this.star = star;
    this.options = options;
    this.lookers = new Map(SITES.map((site) => [site, new Looker(star.rootOf(site))]));
    this.people = new People({
      seed: options.seed,
      deeds: this.deeds,
      rootOf: star.rootOf,
      onLateSave: (site, path, sha256, size, openedAt) => {
        // If a person took the name away from the open file, its content went with it.
        if (this.deeds.touchedBetween(site, path, openedAt + 1, Date.now() - 1)) return;
        this.ledger.owe({
          sha256,
          size,
          site,
          path,
          why: `it was written late, into a file that SiteSync had replaced at ${site}`,
        });
      },
    });
    this.faults = new Faults({
      star,
      deeds: this.deeds,
      copies: join(options.work, 'copies'),
      settings: FIRST_SETTINGS,
      say: options.say,
      onTreeBack: (site) => this.ledger.forgive(site),
    });
  }

  overwrittenAtHome = () => this.ledger.overwrittenAtHome.size;

  /** Reads the trees and asks for the status independently: a site that does not answer must not block the checks. */
  watch(): void {
    this.watching.push(
      this.repeat(LOOK_EVERY_MS, () => this.look()),
      this.repeat(ASK_EVERY_MS, async () => {
        const from = Date.now();
        const inSync = await this.star.inSync();
        this.last = { from, to: Date.now(), inSync };
        this.answers.push(this.last);
      }),
    );
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.watching);
  }

  private async repeat(everyMs: number, what: () => void | Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await what();
      } catch (error) {
        this.options.say(`cannot read the trees: ${(error as Error).message}`);
      }
      await pause(everyMs);
    }
  }

  private look(): void {
    // Answers from before this pass: what it sees was the case until after them.
    const answers = this.answers.splice(0);
    const now = Date.now();
    for (const [site, looker] of this.lookers) {
      const tree = looker.look();
      this.trees.set(site, tree);
      this.ledger.note(site, tree, Date.now());
    }
    for (const lie of this.statusWatch.note(this.trees, now, answers))
      if (lie.forMs > (this.lies.get(lie.path)?.forMs ?? 0)) this.lies.set(lie.path, lie);
  }

  async episode(number: number, steps: Step[]): Promise<Evidence> {
    this.options.say(
      `episode ${number}: ${steps.filter(isDeed).length} deeds, ${steps.filter((one) => !isDeed(one)).length} faults`,
    );
    await this.storm(steps);
    await this.faults.healAll().catch((error: Error) => this.options.say(`up: ${error.message}`));
    const restMs = await this.rest();
    const evidence = await this.gather(restMs);
    this.options.say(
      restMs === undefined
        ? 'did not settle'
        : `settled after ${(restMs / 1000).toFixed(1)} s; ${this.trees.get('h1')?.size} paths, ${evidence.versions.length} versions`,
    );
    return evidence;
  }

  private async storm(steps: Step[]): Promise<void> {
    const began = Date.now();
    const running = new Set<Promise<unknown>>();
    this.done = [];
    const note = (step: Step, how: string) =>
      this.done.push(`${new Date().toISOString()} ${how} ${JSON.stringify(step)}`);
    for (const step of steps) {
      await pause(Math.max(0, began + step.at - Date.now()), undefined, this.options);
      if (isDeed(step)) {
        if (step.do === 'save') this.bytesWritten += step.size;
        running.add(
          this.people.do(step).then(
            (isDone) => note(step, isDone ? 'did' : 'could not'),
            (error: Error) => this.options.say(`${step.id} ${step.do}: ${error.message}`),
          ),
        );
      } else {
        this.faultCount++;
        const name = `${step.id} ${step.fault}`;
        note(step, 'begins');
        running.add(
          this.faults.do(step).catch((error: Error) => this.options.say(`${name}: ${error.message.split('\n')[0]}`)),
        );
      }
    }
    await Promise.all(running);
  }

  /** Waits until everything is in sync and equal, and stays so. Returns how long that took from now; undefined on time-out. */
  private async rest(): Promise<number | undefined> {
    const began = Date.now();
    let since: number | undefined;
    while (Date.now() - began < this.options.restLimitMs + QUIET_MS) {
      const isQuiet =
        this.last !== undefined && this.last.from > began && this.last.inSync && differences(this.trees).size === 0;
      if (!isQuiet) since = undefined;
      else since ??= Date.now();
      if (since !== undefined && Date.now() - since >= QUIET_MS) return since - began;
      await pause(100, undefined, this.options);
    }
    return undefined;
  }

  private async gather(restMs: number | undefined): Promise<Evidence> {
    this.look();
    const seconds = (Date.now() - this.started) / 1000;
    // Each content once, rows and heartbeats, and what each fault may have interrupted.
    const budget = 1.5 * this.bytesWritten + seconds * 60_000 + this.faultCount * 1_000_000;
    return {
      restMs,
      restLimitMs: this.options.restLimitMs,
      missing: restMs === undefined ? await this.star.missing() : [],
      differing: differences(this.trees),
      lies: [...this.lies.values()],
      owed: this.ledger.owed(),
      ...lookAtContents(this.star, this.trees),
      ...(await readJournals(this.star)),
      deeds: this.deeds,
      ended: endedAlone(this.star),
      sentTwice: [],
      traffic: EDGE_NAMES.map((edge) => {
        const { up, down } = this.star.links.get(edge)!.bytes();
        return { edge, bytes: up + down, budget };
      }),
    };
  }
}
