import type { Logger } from 'pino';
import type { Random } from '../../hack/soak/random.ts';
import { type Core, createCore } from '../../src/agent/core.ts';
import { createSite } from '../../src/agent/create-site.ts';
import type { Detector } from '../../src/agent/detect/detector.ts';
import { createScouts } from '../../src/agent/detect/scouts.ts';
import type { Spawn } from '../../src/agent/detect/thread.ts';
import type { Links } from '../../src/agent/link/links.ts';
import type { SiteAnswer } from '../../src/agent/queries/merge-status.ts';
import { agentStatus } from '../../src/agent/queries/status.ts';
import type { Site } from '../../src/agent/site/site.ts';
import { loadCounters } from '../../src/agent/store/counters.ts';
import { openDamage } from '../../src/agent/store/damage.ts';
import type { RunRsync } from '../../src/agent/transfer/rsync.ts';
import { heal } from '../../src/agent/verify/heal.ts';
import { detectFor } from '../../src/agent/watch-folders.ts';
import { type Clock, every } from '../../src/base/clock.ts';
import { siteDir } from '../../src/base/site-dir.ts';
import { siteSchema } from '../../src/database/schema.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';
import { MemoryDisk } from './disk/memory-disk.ts';
import { Gate } from './gate.ts';
import { gatedDisk } from './gated-disk.ts';
import { hashOf } from './look.ts';
import { MemoryDatabase } from './store/memory-database.ts';
import type { Time } from './time.ts';

/** What a site reaches beyond its own machine. */
interface Neighbours {
  links: Links;
  rsync: RunRsync;
}

interface SimulatedSiteOptions {
  plan: SitePlan;
  time: Time;
  random: Random;
  log: Logger;
  neighbours: Neighbours;
}

interface Running {
  gate: Gate;
  site: Site;
  detector: Detector;
  core: Core;
}

const RETRY_MS = 200;
const BEAT_MS = 5000;
const HEAL_MS = 10_000;
/** After this long a person does something about a damaged file. */
const DAMAGED_MS = 20_000;
const FOLDER_MODE = 0o755;
const SECRETS = { agentPassword: '', apiToken: '', inbound: {}, outbound: {} };

/** One site: a machine with a disk and a database in memory, and an agent that can be stopped and started. */
export class SimulatedSite {
  readonly plan: SitePlan;
  readonly disk: MemoryDisk;
  readonly database: MemoryDatabase;
  /** By how much the clock on the wall is off, in ms. */
  wallError = 0;
  readonly #options: SimulatedSiteOptions;
  readonly #dir;
  #running: Running | undefined;
  #gate: Gate | undefined;

  constructor(options: SimulatedSiteOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.#dir = siteDir(`/${this.plan.site}`);
    this.disk = new MemoryDisk({ now: this.#now, after: (ms, call) => options.time.after(ms, call) });
    this.database = new MemoryDatabase(
      this.plan.site,
      this.plan.sites.map(({ name }) => name),
    );
    for (const { name } of this.plan.folders) this.disk.makeDirectories(this.#dir.folder(name), FOLDER_MODE);
  }

  get name(): string {
    return this.plan.site;
  }

  /** Where a folder's tree is on its disk. */
  root = (folder: string) => this.#dir.folder(folder);

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The call at which the last run of the agent was stopped. */
  get stoppedAt(): string | undefined {
    return this.#gate?.stoppedAt;
  }

  #now = () => this.#options.time.wall() + this.wallError;

  /** Starts the agent; resolves when it has opened its folders, or was stopped meanwhile. */
  async start(): Promise<void> {
    const { time, random, log, neighbours } = this.#options;
    this.kill();
    const { plan } = this;
    const gate: Gate = new Gate(time, random, () => this.#ended(gate, letGo));
    this.#gate = gate;
    const { disk, letGo } = gatedDisk(this.disk, gate);
    const clock = this.#clock(gate);
    const db = this.database.connect(gate);
    const { signal } = new AbortController();
    const pause = () => new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    let counters = await possibly(() => loadCounters(db, plan.site));
    for (; !counters; counters = await possibly(() => loadCounters(db, plan.site))) await pause();
    const site = createSite({ plan, secrets: SECRETS, dir: this.#dir, db, log, signal, counters, clock, disk });
    site.store.incarnations.push({ id: 'first', firstSeq: 1 });
    const detector = detectFor(site, { spawn: this.#spawn(gate, clock, disk) });
    const core = createCore(site, detector, {
      engine: { position: async () => this.database.position() },
      peers: () => neighbours.links.peers(),
      rsync: neighbours.rsync,
      seed: () => this.database.connect(gate, false),
    });
    this.#running = { gate, site, detector, core };
    while (!(await begin(core, site, log))) await pause();
    every(clock, BEAT_MS, () => this.#beat());
    every(clock, HEAL_MS, () => void this.#heal(site));
    void core.run(core.pull());
  }

  /** The agent is killed at its `calls`-th call from now. */
  killAfter(calls: number): void {
    this.#running?.gate.stopAfter(calls);
  }

  kill(): void {
    this.#gate?.stop();
  }

  /** Paths and contents that the index knows. */
  indexedContents(): Map<string, string> {
    const rows = this.database.ask('SELECT path, sha256 FROM local.`index` WHERE sha256 IS NOT NULL');
    return new Map(
      rows.map(({ path, sha256 }) => [(path as Buffer).toString('latin1'), (sha256 as Buffer).toString('hex')]),
    );
  }

  /** Files that are damaged and that no site can give, as far as the site knows for now: people are told to save them anew. */
  damaged(): string[] {
    const rows = this.database.ask(
      `SELECT path FROM local.damage WHERE healed_at IS NULL AND place = 'tree' AND found_at < ?`,
      [this.#now() - DAMAGED_MS],
    );
    return rows.map(({ path }) => (path as Buffer).toString());
  }

  /** Whether this content belongs at that path, as far as it knows. */
  wants(path: string, sha256: string): boolean {
    const rows = this.database.ask('SELECT sha256 FROM local.head WHERE path = ?', [Buffer.from(path, 'latin1')]);
    return rows.some((row) => (row.sha256 as Buffer | null)?.toString('hex') === sha256);
  }

  /** Whether a content is on its disk and known to be: where its index says, or in its archive. */
  has(folder: string, sha256: string): boolean {
    const at = (path: string) => ({ fd: -1, name: `${this.root(folder).slice(1)}/${path}` });
    const isThere = (path: string) =>
      this.disk.look(at(path))?.isFile() && hashOf(this.disk.contentOf(at(path))) === sha256;
    if (isThere(`.sitesync/archive/${sha256.slice(0, 2)}/${sha256}`)) return true;
    const rows = this.database.ask('SELECT path FROM local.`index` WHERE sha256 = ?', [Buffer.from(sha256, 'hex')]);
    return rows.length > 0 && rows.every(({ path }) => isThere((path as Buffer).toString('latin1')));
  }

  /** What `sitesync status` would be told. */
  async ask(): Promise<SiteAnswer> {
    const { plan } = this;
    const running = this.#running;
    if (!running) return { plan, error: 'nobody answers' };
    const status = agentStatus(running.site, this.#options.neighbours.links, running.detector);
    return status.then(
      (said) => ({ plan, status: said }),
      (error: Error) => ({ plan, error: error.message }),
    );
  }

  /** When it was last alive is what a start after a power cut goes by. */
  #beat(): void {
    this.database.ask(
      `REPLACE INTO ${siteSchema(this.name)}.beat (id, at, agent_version, disk_free, disk_size, summary) VALUES (1, ?, '', 0, 0, '')`,
      [this.#now()],
    );
  }

  /** Verification sees that what was damaged has been healed. */
  async #heal(site: Site): Promise<void> {
    try {
      await heal(site, this.#options.neighbours.links, await openDamage(site.store.db, 100, 'tree'));
    } catch (error) {
      site.log.debug({ err: error }, 'not healed yet');
    }
  }

  #ended(gate: Gate, letGo: () => void): void {
    letGo();
    this.database.crash();
    if (this.#running?.gate === gate) this.#running = undefined;
  }

  #clock(gate: Gate): Clock {
    const { time, random } = this.#options;
    const unlessStopped = (call: () => void) => {
      try {
        if (!gate.isStopped) call();
      } catch (error) {
        if (!gate.isStopped) throw error;
      }
    };
    const after = (ms: number, call: () => void) => time.after(ms, () => unlessStopped(call));
    return {
      now: this.#now,
      monotonic: () => time.now,
      after,
      giveWay: () => new Promise((resolve) => after(0, resolve)),
      random: () => random.float(0, 1),
    };
  }

  /** The detection thread's work, beside the agent's own: messages take a moment. */
  #spawn(gate: Gate, clock: Clock, disk: Parameters<typeof createScouts>[0]['disk']): Spawn {
    return (tell) => {
      const take = createScouts({ disk, clock, tell: (message) => void clock.after(0, () => tell(message)) });
      return {
        post: (message) => void clock.after(0, () => gate.isStopped || take(message)),
        end: async () => undefined,
      };
    };
  }
}

/** Undefined while the database is away. */
const possibly = <T>(task: () => Promise<T>): Promise<T | undefined> => task().catch(() => undefined);

async function begin(core: Core, site: Site, log: Logger): Promise<boolean> {
  try {
    await core.start();
    return true;
  } catch (error) {
    log.warn({ err: error, site: site.plan.site }, 'could not start yet');
    return false;
  }
}
