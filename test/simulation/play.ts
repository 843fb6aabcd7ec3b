import pino, { type Logger } from 'pino';
import { Deeds } from '../../hack/soak/deeds.ts';
import { type Evidence, judge, type Violations } from '../../hack/soak/invariants.ts';
import { Ledger } from '../../hack/soak/ledger.ts';
import type { Tree } from '../../hack/soak/look.ts';
import { type Random, randomOf } from '../../hack/soak/random.ts';
import { EDGE_NAMES, SITES, type SiteName } from '../../hack/soak/star.ts';
import { differences, type Lie, type Said, StatusWatch } from '../../hack/soak/status-watch.ts';
import { mergeStatus, type SiteAnswer } from '../../src/agent/queries/merge-status.ts';
import { missingOf } from '../../src/cli/sites/missing.ts';
import { lookAtContents, readJournals } from './evidence.ts';
import { contentsAt, treeOf } from './look.ts';
import { SimulatedNetwork } from './network.ts';
import { People } from './people.ts';
import { type DeedStep, type FaultStep, isDeed, type Step } from './step.ts';
import { Time } from './time.ts';

const LOOK_EVERY_MS = 400;
const ASK_EVERY_MS = 700;
const REST_LIMIT_MS = 180_000;
/** For so long everything must be equal and in sync to count as rest. */
const QUIET_MS = 2500;
const SLOW_MS = 400;

interface Outcome {
  violations: Violations;
  /** Virtual ms. */
  ms: number;
  restMs: number | undefined;
  /** Calls at which agents were stopped. */
  stops: string[];
}

/**
 * Plays a script on six simulated sites, lets them come to rest, and judges. The same seed and script give the same outcome.
 * @param meddle is called at rest, before anything is judged
 */
export async function play(
  seed: string,
  steps: readonly Step[],
  log: Logger = pino({ level: 'silent' }),
  meddle: (network: SimulatedNetwork) => void = () => undefined,
): Promise<Outcome> {
  return new Play(seed, log).run(steps, meddle);
}

class Play {
  readonly #time = new Time();
  readonly #random: Random;
  readonly #network: SimulatedNetwork;
  readonly #deeds = new Deeds();
  readonly #ledger = new Ledger(this.#deeds);
  readonly #statusWatch = new StatusWatch();
  readonly #people: People;
  readonly #trees = new Map<SiteName, Tree>();
  readonly #lies = new Map<string, Lie>();
  /** Contents that were written late, by site and inode. */
  readonly #late = new Map<SiteName, Map<bigint, string>>();
  readonly #stops: string[] = [];
  readonly #log: Logger;
  #answers: Said[] = [];
  #last: Said | undefined;
  #lastAnswers: SiteAnswer[] = [];
  /** Sites whose machine is off. */
  readonly #off = new Set<SiteName>();
  readonly #resaved = new Set<string>();

  constructor(seed: string, log: Logger) {
    this.#log = log;
    this.#random = randomOf(`run ${seed}`);
    this.#network = new SimulatedNetwork(this.#time, this.#random, log);
    this.#people = new People({
      seed,
      deeds: this.#deeds,
      time: this.#time,
      site: this.#network.site,
      onOverwrite: (site, ino) => {
        const sha256 = this.#late.get(site)?.get(ino);
        if (sha256 !== undefined) this.#ledger.forgive(site, sha256);
      },
      onLateSave: (site, path, { sha256, size, openedAt, ino }) => {
        // Where a person took the name away from the open file, its content went with it.
        if (this.#deeds.touchedBetween(site, path, openedAt + 1, this.#time.now - 1)) return;
        const why = `it was written late, into a file that SiteSync had replaced at ${site}`;
        this.#ledger.owe({ sha256, size, site, path, why });
        this.#late.set(site, (this.#late.get(site) ?? new Map<bigint, string>()).set(ino, sha256));
      },
    });
  }

  async run(steps: readonly Step[], meddle: (network: SimulatedNetwork) => void): Promise<Outcome> {
    for (const site of SITES) this.#start(site);
    await this.#time.run(3000);
    this.#every(LOOK_EVERY_MS, () => this.#look());
    this.#every(ASK_EVERY_MS, () => void this.#ask());
    const began = this.#time.now;
    for (const step of steps) {
      await this.#time.run(began + step.at - this.#time.now);
      if (isDeed(step)) this.#deed(step);
      else this.#fault(step);
    }
    await this.#time.run(8000);
    this.#healAll();
    const restMs = await this.#rest();
    meddle(this.#network);
    const evidence = this.#gather(restMs);
    return { violations: judge(evidence), ms: this.#time.now, restMs, stops: this.#stops };
  }

  #deed(step: DeedStep): void {
    if (this.#off.has(step.site)) return;
    this.#log.info({ step, now: this.#time.now }, 'deed');
    void this.#people.do(step);
  }

  // --- faults

  #fault(step: FaultStep): void {
    const { site } = step;
    const simulated = this.#network.site(site);
    this.#log.info({ step, now: this.#time.now }, 'fault');
    if ((step.fault === 'kill' || step.fault === 'powerCut') && !simulated.isRunning) return;
    switch (step.fault) {
      case 'kill':
        simulated.killAfter(step.calls);
        this.#network.interrupted(site);
        this.#time.after(step.ms, () => this.#restart(site));
        return;
      case 'powerCut':
        simulated.killAfter(step.calls);
        this.#network.interrupted(site);
        this.#time.after(step.ms, () => this.#powerCut(site, step.ms));
        return;
      case 'cut':
        this.#network.cut(step.edge, true);
        this.#time.after(step.ms, () => this.#network.cut(step.edge, false));
        return;
      case 'slow': {
        const line = this.#network.lines.get(step.edge)!;
        line.slowMs = SLOW_MS;
        this.#time.after(step.ms, () => {
          line.slowMs = 0;
        });
        return;
      }
      case 'overflow':
        return simulated.disk.overflow();
      case 'diskFull':
        simulated.disk.isFull = true;
        this.#network.interrupted(site);
        this.#time.after(step.ms, () => {
          simulated.disk.isFull = false;
          this.#network.interrupted(site);
        });
        return;
      case 'databaseAway':
        simulated.database.isAway = true;
        this.#network.interrupted(site);
        this.#time.after(step.ms, () => {
          simulated.database.isAway = false;
          this.#network.interrupted(site);
        });
        return;
      case 'clock':
        simulated.wallError += step.byMs;
    }
  }

  #start(site: SiteName): void {
    const started = this.#network.site(site).start();
    started.catch((error: Error) => this.#log.debug({ err: error, site }, 'did not start'));
  }

  #restart(site: SiteName): void {
    const simulated = this.#network.site(site);
    if (this.#off.has(site)) return;
    // Nothing was called in this time: it is killed at rest.
    simulated.kill();
    this.#stops.push(`${site}: ${simulated.stoppedAt}`);
    this.#network.interrupted(site);
    this.#start(site);
  }

  /** The machine is off for a moment, and its agent is back when it is on again. */
  #powerCut(site: SiteName, ms: number): void {
    if (this.#off.has(site)) return;
    const simulated = this.#network.site(site);
    simulated.kill();
    this.#stops.push(`${site}: power cut at ${simulated.stoppedAt}`);
    const known = simulated.indexedContents();
    const before = treeOf(simulated);
    this.#deeds.touch(site, '', this.#time.now, true);
    const kept = contentsAt(simulated);
    simulated.disk.powerCut(this.#random);
    const left = contentsAt(simulated);
    // Nobody had flushed what was written late.
    for (const sha256 of this.#late.get(site)?.values() ?? [])
      if (kept.has(sha256) && !left.has(sha256)) this.#ledger.forgive(site, sha256);
    this.#excuse(site, before, known);
    this.#off.add(site);
    this.#time.after(ms, () => {
      this.#off.delete(site);
      this.#deeds.touch(site, '', this.#time.now, true);
      this.#network.interrupted(site);
      this.#start(site);
    });
  }

  /** What a person had written and the journal did not know yet is what the power left of it: nobody can tell it from an edit. */
  #excuse(site: SiteName, before: Tree, known: ReadonlyMap<string, string>): void {
    const after = treeOf(this.#network.site(site));
    const isNews = (path: string) => !known.has(path) || known.get(path) !== before.get(path)?.sha256;
    for (const [path, { sha256 }] of after)
      if (sha256 !== undefined && sha256 !== before.get(path)?.sha256 && isNews(path))
        this.#deeds.put(site, path, sha256);
    for (const path of before.keys()) if (!after.has(path) && isNews(path)) this.#deeds.remove(site, path);
  }

  #healAll(): void {
    for (const edge of EDGE_NAMES) {
      this.#network.cut(edge, false);
      this.#network.lines.get(edge)!.slowMs = 0;
    }
    for (const site of SITES) {
      const simulated = this.#network.site(site);
      simulated.disk.isFull = false;
      simulated.database.isAway = false;
    }
  }

  // --- looking on

  #every(ms: number, call: () => void): void {
    this.#time.after(ms, () => {
      call();
      this.#every(ms, call);
    });
  }

  #look(): void {
    const answers = this.#answers.splice(0);
    const { now } = this.#time;
    for (const site of SITES) {
      const tree = treeOf(this.#network.site(site));
      this.#trees.set(site, tree);
      const files = [...tree].flatMap(([path, { sha256 }]) => (sha256 === undefined ? [] : [[path, sha256] as const]));
      this.#network.stood.set(site, new Map(files));
      this.#ledger.note(site, tree, now);
    }
    for (const lie of this.#statusWatch.note(this.#trees, now, answers))
      if (lie.forMs > (this.#lies.get(lie.path)?.forMs ?? 0)) this.#lies.set(lie.path, lie);
  }

  async #ask(): Promise<void> {
    const from = this.#time.now;
    const answers = await Promise.all(SITES.map((site) => this.#network.site(site).ask()));
    this.#last = { from, to: this.#time.now, inSync: mergeStatus(answers).every(({ inSync }) => inSync) };
    this.#lastAnswers = answers;
    this.#answers.push(this.#last);
  }

  /** Waits until all is in sync and equal and stays so; returns how long it took, undefined when it did not. */
  async #rest(): Promise<number | undefined> {
    const began = this.#time.now;
    let since: number | undefined;
    while (this.#time.now - began < REST_LIMIT_MS + QUIET_MS) {
      const isQuiet =
        this.#off.size === 0 &&
        this.#last !== undefined &&
        this.#last.from > began &&
        this.#last.inSync &&
        differences(this.#trees).size === 0;
      if (!isQuiet) since = undefined;
      else since ??= this.#time.now;
      if (since !== undefined && this.#time.now - since >= QUIET_MS) return since - began;
      await this.#time.run(100);
      this.#saveDamaged();
    }
    return undefined;
  }

  /** What only a machine had that lost its power before anybody else got it is gone: a person saves it anew. */
  #saveDamaged(): void {
    for (const site of SITES)
      for (const path of this.#network.site(site).damaged())
        if (!this.#resaved.has(`${site} ${path}`)) {
          this.#resaved.add(`${site} ${path}`);
          const id = `resaved ${this.#resaved.size}`;
          this.#deed({ id, at: 0, site, do: 'save', path, style: 'truncate', size: 100, pauseMs: 0 });
        }
  }

  #gather(restMs: number | undefined): Evidence {
    this.#look();
    return {
      restMs,
      restLimitMs: REST_LIMIT_MS,
      missing: restMs === undefined ? missingOf(this.#lastAnswers) : [],
      differing: differences(this.#trees),
      lies: [...this.#lies.values()],
      owed: this.#ledger.owed(),
      ...lookAtContents(this.#network, this.#trees),
      ...readJournals(this.#network),
      deeds: this.#deeds,
      ended: [],
      traffic: [],
      sentTwice: this.#network.sentTwice,
    };
  }
}
