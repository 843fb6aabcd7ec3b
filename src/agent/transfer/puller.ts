import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import { problem, problemOf } from '../../problems/problem.ts';
import { nextStep } from '../apply/steps.ts';
import { ofFullDisk } from '../apply/why-not-placed.ts';
import { mostData } from '../fs/sparse.ts';
import type { Peer } from '../link/links.ts';
import { createRoomKeeper } from '../room/keeper.ts';
import type { Site } from '../site/site.ts';
import { loadCustody } from '../store/custody.ts';
import { loadIndex } from '../store/index-entry.ts';
import { duePending, isAnyPending, type Pending, waitFor, wantedContents } from '../store/pending.ts';
import { createCompressibility } from './compressibility.ts';
import { createLines, isSameRate, type MeasureLine } from './lines.ts';
import type { RunRsync } from './rsync.ts';
import { later, runJob, whyNotFetched } from './run-job.ts';
import { type Job, laneOf, nextJobs } from './schedule.ts';
import { settleLocally } from './settle-locally.ts';
import { chooseSource } from './sources.ts';

/** The pause of a lane when the database refuses to note a failure. */
const REFUSED_MS = 1000;
const LOOK_AHEAD = 2000;
/** How often the queue is looked at when nothing rings: for retries that fall due. */
const IDLE_MS = 2000;

/** A transfer, and the rate that its line had when it began. */
interface Running {
  job: Job;
  done: Promise<void>;
  outdated: AbortController;
  rate: number | undefined;
}

/** The transfers of one site: what runs now, for status. */
export interface Puller {
  running(): Job[];
  /** Resolves when the site's signal has aborted and everything that ran has ended. */
  closed: Promise<void>;
}

/**
 * Fetches what is pending, from neighbours that hold it, until the site's signal aborts. Failures wait with jittered
 * back-off and never stop other files.
 */
export function startPuller(site: Site, peers: () => Peer[], rsync: RunRsync, measure?: MeasureLine): Puller {
  const running = new Map<string, Running>();
  const lines = createLines(
    site,
    () => {
      site.store.rowBudget.noteOwn(lines.slowest());
      site.wake.pull.ring();
    },
    measure,
  );
  const room = createRoomKeeper(site);
  const kinds = createCompressibility();

  function start(job: Job, peer: Peer): void {
    const lane = laneOf(job);
    const outdated = new AbortController();
    const done = run(job, peer, outdated.signal).finally(() => {
      running.delete(lane);
      site.wake.pull.ring();
    });
    running.set(lane, { job, done, outdated, rate: lines.rateOf(peer) });
  }

  /** A transfer may last for hours: it is restarted when the rate of its line has changed. */
  function stopOutdated(connected: Peer[]): void {
    for (const { job, rate, outdated } of running.values()) {
      const peer = connected.find(({ name }) => name === job.peer);
      if (peer && !isSameRate(rate, lines.rateOf(peer))) outdated.abort();
    }
  }

  /** What nobody wants any more, at any path, is not sent to its end. */
  async function stopUnwanted(): Promise<void> {
    for (const { job, outdated } of running.values()) {
      const heads = job.items.map(({ head }) => head);
      if (outdated.signal.aborted || (await isAnyPending(site.store.db, heads))) continue;
      const hashes = heads.flatMap(({ sha256 }) => sha256 ?? []);
      if ((await wantedContents(site.store.db, job.folder, hashes)).size === 0) outdated.abort();
    }
  }

  /** Never rejects: what fails is tried again, also where the database cannot be told why. */
  async function run(job: Job, peer: Peer, outdated: AbortSignal): Promise<void> {
    try {
      await runJob(site, job, peer, { outdated, kinds, rsync });
    } catch (error) {
      const why = whyNotFetched(error, job);
      site.log.error({ err: error, peer: job.peer, folder: job.folder }, 'a transfer failed');
      try {
        await later(
          site,
          job.items.map(({ head }) => ({ head, problem: why })),
        );
      } catch (refused) {
        site.log.warn({ err: refused }, 'the database could not be updated; the files are retried');
        await delay(REFUSED_MS, site.signal, site);
      }
    }
  }

  async function round(): Promise<void> {
    const connected = peers();
    stopOutdated(connected);
    await stopUnwanted();
    const flying = new Set([...running.values()].flatMap(({ job }) => job.items.map((item) => item.head.ref.id)));
    const found = await duePending(site.store.db, [...site.folders.keys()], site.now(), LOOK_AHEAD);
    const due = found.filter((item) => !flying.has(item.head.ref.id));
    const isBusy = ({ name }: Peer) => [...running.values()].some(({ job }) => job.peer === name);
    lines.measure(connected, isBusy, due.length > 0);
    if (due.length === 0) return;
    const jobs = [...running.values()].map(({ job }) => job);
    const remote: Pending[] = [];
    for (const [name, items] of Map.groupBy(due, ({ head }) => head.ref.folder))
      remote.push(...(await settleFolder(name, items, jobs)));
    const sources = await Promise.all(
      connected.map(async ({ name }) => ({ peer: name, custody: await loadCustody(site.store.db, name) })),
    );
    const routed = remote.flatMap((item) => {
      const peer = chooseSource(site.plan, sources, item.head, item.attempts);
      return peer ? [{ item, peer }] : [];
    });
    if (found.length === LOOK_AHEAD) await makeWay(remote, routed);
    const peerOf = new Map(connected.map((peer) => [peer.name, peer]));
    const ready = routed.filter(({ peer }) => lines.isKnown(peerOf.get(peer)!));
    for (const job of nextJobs(ready, jobs, (peer) => lines.rateOf(peerOf.get(peer)!)))
      start(job, peerOf.get(job.peer)!);
  }

  /** Postpones what no neighbour can send now, so that it does not block what is behind it in the queue. */
  async function makeWay(remote: Pending[], routed: { item: Pending }[]): Promise<void> {
    const sent = new Set(routed.map(({ item }) => item));
    const heads = remote.filter((item) => !sent.has(item)).map(({ head }) => head);
    await waitFor(site.store.db, heads, site.now() + IDLE_MS);
  }

  /** Places what needs no neighbour, and returns the rest. A folder's failing disk does not affect the others. */
  async function settleFolder(name: string, items: Pending[], jobs: Job[]): Promise<Pending[]> {
    try {
      const admitted = await withRoom(name, items, jobs);
      const folder = site.folders.get(name);
      return folder ? await settleLocally(site, folder, admitted) : [];
    } catch (error) {
      const why =
        ofFullDisk(error, name) ?? problemOf(error, (text) => problem('folderNotUpdated', { folder: name, why: text }));
      site.log.warn({ err: error, folder: name }, 'the folder cannot be brought up to date now');
      await later(
        site,
        items.map(({ head }) => ({ head, problem: why })),
      );
      return [];
    }
  }

  /** The items for which there is room. Those that need none always pass: deletions, metadata, content that is here. */
  async function withRoom(name: string, items: Pending[], jobs: Job[]): Promise<Pending[]> {
    const folder = site.folders.get(name);
    if (!folder || !(await folder.answers())) return [];
    const index = await loadIndex(
      site.store.db,
      items.map((item) => item.head.ref),
    );
    const needsRoom = ({ head }: Pending) => nextStep(head, index.get(head.ref.id), false) === 'pull';
    const flying = jobs.filter((job) => job.folder === name).flatMap((job) => job.items);
    const bytes = flying.reduce((sum, { head }) => sum + mostData(head), 0);
    const admitted = await room.admit(folder, items.filter(needsRoom), bytes);
    return [...items.filter((item) => !needsRoom(item)), ...admitted];
  }

  async function loop(): Promise<void> {
    await repeat(round, {
      signal: site.signal,
      pause: () => site.wake.pull.wait(IDLE_MS, site.signal),
      failed: (err) => site.log.error({ err }, 'the pull queue could not be read'),
    });
    await Promise.all([...[...running.values()].map(({ done }) => done), room.closed]);
  }

  return { running: () => [...running.values()].map(({ job }) => job), closed: loop() };
}
