import type { Logger } from 'pino';
import type { Random } from '../../hack/soak/random.ts';
import { EDGE_NAMES, EDGES, type Edge, FOLDER, SITES, type SiteName } from '../../hack/soak/star.ts';
import type { Peer } from '../../src/agent/link/links.ts';
import type { RsyncPull, RsyncResult } from '../../src/agent/transfer/rsync.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';
import { hashOf } from './look.ts';
import { SimulatedSite } from './site.ts';
import type { Time } from './time.ts';

const REPLICATION_MS = 20;
/** Transactions that arrive together at most. */
const BURST = 20;
/** How long a site takes to notice that its neighbour is silent. */
const NOTICE_MS = 16_000;
/** After an interruption so much may be done again. */
const INTERRUPTED_MS = 10_000;
const HUBS: readonly SiteName[] = ['h1', 'h2'];

/** What a link does now. */
interface Line {
  ends: readonly [SiteName, SiteName];
  isCut: boolean;
  /** Since when the ends know what is so. */
  changedAt: number;
  slowMs: number;
  /** Until then nothing arrives, each way. */
  busyUntil: [number, number];
}

/** Six sites in one process, and the links between them, over which rows and contents go. */
export class SimulatedNetwork {
  readonly sites = new Map<SiteName, SimulatedSite>();
  readonly lines = new Map<Edge, Line>();
  /** What a site got from a neighbour although it had it when it asked, and nothing had been interrupted there. */
  readonly sentTwice: string[] = [];
  /** Contents of each site's tree when it was last looked at. */
  readonly stood = new Map<SiteName, ReadonlyMap<string, string>>();
  readonly #time: Time;
  readonly #random: Random;
  /** When something was interrupted at a site last. */
  readonly #interrupted = new Map<SiteName, number>();

  constructor(time: Time, random: Random, log: Logger) {
    this.#time = time;
    this.#random = random;
    for (const edge of EDGE_NAMES)
      this.lines.set(edge, { ends: EDGES[edge], isCut: false, changedAt: 0, slowMs: 0, busyUntil: [0, 0] });
    for (const name of SITES) {
      const neighbours = { links: this.#linksOf(name), rsync: (pull: RsyncPull) => this.#pull(name, pull) };
      this.sites.set(
        name,
        new SimulatedSite({ plan: planOf(name), time, random, log: log.child({ site: name }), neighbours }),
      );
    }
    this.#replicate();
  }

  site = (name: SiteName): SimulatedSite => this.sites.get(name)!;

  /** Whatever was under way there may be done again. */
  interrupted(site: SiteName): void {
    this.#interrupted.set(site, this.#time.now);
  }

  cut(edge: Edge, isCut: boolean): void {
    const line = this.lines.get(edge)!;
    if (line.isCut === isCut) return;
    line.isCut = isCut;
    line.changedAt = this.#time.now;
    for (const end of line.ends) this.interrupted(end);
  }

  // --- rows

  /** The rows of each origin travel away from it along the links. */
  #replicate(): void {
    this.#time.after(REPLICATION_MS, () => {
      for (const line of this.lines.values()) {
        this.#carry(line, 0);
        this.#carry(line, 1);
      }
      this.#replicate();
    });
  }

  #carry(line: Line, direction: 0 | 1): void {
    if (line.isCut || line.busyUntil[direction] > this.#time.now) return;
    const [from, to] = [line.ends[direction], line.ends[direction === 0 ? 1 : 0]];
    for (const origin of SITES) {
      if (origin === to || !goesThrough(origin, from, to)) continue;
      const { log } = this.site(origin).database;
      const target = this.site(to).database;
      const known = from === origin ? log.length : (this.site(from).database.applied.get(origin) ?? 0);
      for (let i = 0; i < BURST; i++) {
        const next = target.applied.get(origin) ?? 0;
        if (next >= known || !target.apply(origin, log[next]!)) break;
      }
    }
    const pause = line.slowMs + (this.#random.float(0, 1) < 0.1 ? this.#random.float(0, 300) : 0);
    line.busyUntil[direction] = this.#time.now + pause;
  }

  // --- links

  #edgesOf(name: SiteName): [Edge, Line, SiteName][] {
    return EDGE_NAMES.flatMap((edge) => {
      const line = this.lines.get(edge)!;
      const [a, b] = line.ends;
      return a === name ? [[edge, line, b]] : b === name ? [[edge, line, a]] : [];
    });
  }

  #linksOf(name: SiteName) {
    const up = () => this.#edgesOf(name).filter(([, line]) => this.#isUp(line));
    return {
      peers: () => up().map(([, , peer]): Peer => ({ name: peer, rsyncPort: SITES.indexOf(peer), rsyncPassword: '' })),
      heard: () => up().map(([, , peer]) => peer as string),
      hub: () => (HUBS.includes(name) ? undefined : up()[0]?.[2]),
      connected: () => up().some(([, , peer]) => HUBS.includes(peer)),
      replicating: () => true,
      problems: () => [],
    };
  }

  /** As the ends see it: a silent line is noticed late. */
  #isUp({ isCut, changedAt }: Line): boolean {
    return !isCut || this.#time.now - changedAt < NOTICE_MS;
  }

  // --- contents

  async #pull(to: SiteName, { port, module, paths, into, signal }: RsyncPull): Promise<RsyncResult> {
    const from = SITES[port]!;
    const line = this.#edgesOf(to).find(([, , peer]) => peer === from)![1];
    const isBroken = () => line.isCut || signal.aborted;
    const had = new Set(paths.filter((path) => this.#has(from, to, module, path)));
    let missing = false;
    await this.#time.pause(5 + line.slowMs);
    for (const path of paths) {
      if (this.#random.float(0, 1) < 0.2) await this.#time.pause(this.#random.float(0, 30) + line.slowMs);
      if (isBroken()) return { ok: false, fault: 'link', error: 'the link broke' };
      if (!this.#copy(from, to, module, path, into)) missing = true;
      else if (had.has(path)) this.#again(to, path);
    }
    return missing ? { ok: false, fault: 'source', error: 'some files vanished' } : { ok: true };
  }

  /** @returns whether it was there */
  #copy(from: SiteName, to: SiteName, module: string, path: string, into: string): boolean {
    const [source, target] = [this.site(from).disk, this.site(to).disk];
    const stats = source.look(absolute(`${this.site(from).root(module)}/${path}`));
    if (!stats || stats.isSymbolicLink()) return false;
    const at = absolute(`${into}/${path}`);
    target.makeDirectories(`/${at.name.slice(0, at.name.lastIndexOf('/'))}`, 0o700);
    target.removeAll(at);
    if (stats.isDirectory()) {
      target.makeDirectory(at, 0o700);
      return true;
    }
    const bytes = source.contentOf(absolute(`${this.site(from).root(module)}/${path}`));
    // What is written there at this moment arrives as a mixture; the receiver finds out.
    const torn = this.#random.float(0, 1) < 0.01 ? bytes.subarray(0, bytes.length >> 1) : bytes;
    try {
      target.write(at, torn, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return false;
    }
    return true;
  }

  /** Whether a site asks for what its disk has already. */
  #has(from: SiteName, to: SiteName, module: string, path: string): boolean {
    const at = absolute(`${this.site(from).root(module)}/${path}`);
    const { disk } = this.site(from);
    if (!disk.look(at)?.isFile()) return false;
    const hash = hashOf(disk.contentOf(at));
    // What it has at this very path, rsync finds there and does not send: the neighbour went back to it.
    const own = absolute(`${this.site(to).root(module)}/${path}`);
    if (this.site(to).disk.look(own)?.isFile() && hashOf(this.site(to).disk.contentOf(own)) === hash) return false;
    // It asked for another content that the neighbour had there before.
    const isOther = this.stood.get(from)?.get(path) !== hash || !this.site(to).wants(path, hash);
    if (module === FOLDER && isOther) return false;
    // What came a moment ago may have been asked for before.
    return [...(this.stood.get(to)?.values() ?? [])].includes(hash) && this.site(to).has(module, hash);
  }

  #again(to: SiteName, path: string): void {
    if (this.#time.now - (this.#interrupted.get(to) ?? -INTERRUPTED_MS) > INTERRUPTED_MS)
      this.sentTwice.push(`${to}: ${JSON.stringify(path)} at ${Math.round(this.#time.now)} ms`);
  }
}

const absolute = (path: string) => ({ fd: -1, name: path.slice(1) });

/** Whether the rows of an origin go over a link in this direction: away from it. */
function goesThrough(origin: SiteName, from: SiteName, to: SiteName): boolean {
  if (origin === from) return true;
  return HUBS.includes(from) && hubOf(to) === from ? true : HUBS.includes(to) && hubOf(origin) === from;
}

const hubOf = (site: SiteName): SiteName | undefined =>
  HUBS.includes(site)
    ? undefined
    : Object.values<readonly [SiteName, SiteName]>(EDGES).find(([child]) => child === site)?.[1];

function planOf(site: SiteName): SitePlan {
  const peers = Object.values<readonly [SiteName, SiteName]>(EDGES).flatMap(([a, b]) =>
    a === site ? [b] : b === site ? [a] : [],
  );
  const kindOf = (peer: SiteName) => (HUBS.includes(peer) ? (HUBS.includes(site) ? 'trunk' : 'uplink') : 'downlink');
  const roleOf = (name: SiteName) => (HUBS.includes(name) ? 'hub' : 'child');
  return {
    network: 'simulation',
    site,
    id: SITES.indexOf(site) + 1,
    role: roleOf(site),
    engine: 'mariadb',
    ports: { mysql: 0, rsync: 0, api: 0 },
    links: peers.map((peer) => ({
      peer,
      kind: kindOf(peer),
      dials: false,
      priority: 0,
      peerMysql: 0,
      peerRsync: 0,
      forwards: { local: [], remote: [] },
      compress: false,
    })),
    folders: [
      {
        name: FOLDER,
        mode: 'readWrite',
        versions: { keep: 1_000_000, maxAgeSeconds: 1e9, maxBytes: 1e15 },
        freshnessSeconds: 900,
        ignore: [],
        members: [...SITES].sort(),
        // It would hold what the script does in bulk: it has tests of its own.
        brake: {
          enabled: false,
          deletions: { files: 1, percent: 1, most: 1 },
          overwrites: { files: 1, percent: 1, most: 1 },
        },
      },
    ],
    sites: [...SITES].sort().map((name) => {
      const hub = hubOf(name);
      return { name, id: SITES.indexOf(name) + 1, role: roleOf(name), ...(hub && { hub }) };
    }),
    inline: { maxBytes: 256, bytesPerSecond: 1e5, burstBytes: 1e5 },
    beatSeconds: 30,
  };
}
