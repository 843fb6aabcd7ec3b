import { backoffMs } from '../../base/backoff.ts';
import { transaction } from '../../database/transaction.ts';
import type { Want } from '../apply/apply.ts';
import type { At } from '../apply/native.ts';
import { discard } from '../apply/staging.ts';
import { nextStep } from '../apply/steps.ts';
import { loadHeads } from '../journal/head-table.ts';
import { loadIndex } from '../journal/index-table.ts';
import { duePending, type Pending, postpone } from '../journal/pending.ts';
import { announce, bringInStep, commit } from '../journal/step.ts';
import { sameId } from '../journal/version.ts';
import type { Peer } from '../links.ts';
import type { Site } from '../site.ts';
import { findContent } from './local-content.ts';
import { loadCustody } from './peers.ts';
import { type Pulled, pull } from './pull.ts';
import { type Job, laneOf, nextJobs } from './schedule.ts';
import { chooseSource } from './sources.ts';

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
export function startPuller(site: Site, peers: () => Peer[]): Puller {
  const running = new Map<string, Running>();

  async function start(job: Job, peer: Peer): Promise<void> {
    const lane = laneOf(job);
    const outdated = new AbortController();
    const done = runJob(site, job, peer, outdated.signal)
      .catch(async (error: Error) => {
        site.log.error({ err: error, peer: job.peer, folder: job.folder }, 'a transfer failed');
        for (const item of job.items) await later(site, item, error.message);
      })
      .finally(() => {
        running.delete(lane);
        site.pullBell.ring();
      });
    running.set(lane, { job, done, outdated, rate: peer.downBytesPerSecond });
  }

  /** A transfer may last for hours: one that began while the line had another rate gives way to the same with the new one. */
  function stopOutdated(connected: Peer[]): void {
    for (const { job, rate, outdated } of running.values()) {
      const peer = connected.find(({ name }) => name === job.peer);
      if (peer && peer.downBytesPerSecond !== rate) outdated.abort();
    }
  }

  async function round(): Promise<void> {
    const connected = peers();
    stopOutdated(connected);
    const flying = new Set([...running.values()].flatMap(({ job }) => job.items.map((item) => item.head.ref.id)));
    const due = (await duePending(site.db, site.now(), LOOK_AHEAD)).filter((item) => !flying.has(item.head.ref.id));
    if (due.length === 0) return;
    const remote = await settleLocally(site, due);
    const sources = await Promise.all(
      connected.map(async ({ name }) => ({ peer: name, custody: await loadCustody(site.db, name) })),
    );
    const routed = remote.flatMap((item) => {
      const peer = chooseSource(site.plan, sources, item.head);
      return peer ? [{ item, peer }] : [];
    });
    const rateOf = (peer: string) => connected.find(({ name }) => name === peer)?.downBytesPerSecond;
    const now = [...running.values()].map(({ job }) => job);
    for (const job of nextJobs(routed, now, rateOf)) {
      await start(job, connected.find((peer) => peer.name === job.peer)!);
    }
  }

  async function loop(): Promise<void> {
    while (!site.signal.aborted) {
      await round().catch((error: Error) => site.log.error({ err: error }, 'the pull queue could not be read'));
      await site.pullBell.wait(IDLE_MS, site.signal);
    }
    await Promise.all([...running.values()].map(({ done }) => done));
  }

  return { running: () => [...running.values()].map(({ job }) => job), closed: loop() };
}

/** Places everything that needs no neighbour: other metadata, or content that is on this disk already. Returns the rest. */
async function settleLocally(site: Site, due: Pending[]): Promise<Pending[]> {
  const index = await loadIndex(
    site.db,
    due.map((item) => item.head.ref),
  );
  const remote: Pending[] = [];
  const ready: { item: Pending; staged?: At }[] = [];
  for (const item of due) {
    const folder = site.folders.get(item.head.ref.folder);
    if (!folder) continue;
    if (nextStep(item.head, index.get(item.head.ref.id), false) !== 'pull') ready.push({ item });
    else {
      const staged = await findContent(site.db, folder, item.head.sha256!);
      if (staged) ready.push({ item, staged });
      else remote.push(item);
    }
  }
  if (ready.length) await placeAll(site, ready);
  return remote;
}

/** @param outdated ends it without blame: its files are pulled anew at once, a large one from where it was */
async function runJob(site: Site, job: Job, peer: Peer, outdated: AbortSignal): Promise<void> {
  const folder = site.folders.get(job.folder);
  if (!folder) return;
  const index = await loadIndex(
    site.db,
    job.items.map((item) => item.head.ref),
  );
  const started = performance.now();
  const pulled: Pulled = await pull(site, folder, job, peer, index, AbortSignal.any([site.signal, outdated]));
  if (pulled.arrived.length) await placeAll(site, pulled.arrived);
  for (const { item, reason, fault } of outdated.aborted ? [] : pulled.failed) {
    if (fault === 'link') await postpone(site.db, item.head, reason, site.now() + 1000);
    else await later(site, item, reason);
  }
  const bytes = pulled.arrived.reduce((sum, { item }) => sum + item.head.size, 0);
  const { length: files } = pulled.arrived;
  site.log.info(
    {
      peer: job.peer,
      folder: job.folder,
      files,
      bytes,
      failed: pulled.failed.length,
      ms: Math.round(performance.now() - started),
    },
    'pulled',
  );
}

/** Puts staged content in place, as far as it is still what its path should be. */
async function placeAll(site: Site, arrived: { item: Pending; staged?: At }[]): Promise<void> {
  await site.lock(async () => {
    const refs = arrived.map(({ item }) => item.head.ref);
    const [heads, index] = [await loadHeads(site.db, refs), await loadIndex(site.db, refs)];
    const wants: Want[] = [];
    for (const { item, staged } of arrived) {
      const head = heads.get(item.head.ref.id);
      if (head && sameId(head, item.head))
        wants.push({ head, index: index.get(head.ref.id), ...(staged && { staged }) });
      else if (staged) drop(site, item, staged);
    }
    const steps = await bringInStep(site, wants);
    await transaction(site.db, (tx) => commit(site, tx, steps));
    announce(site, steps);
  });
}

function drop({ folders }: Site, { head }: Pending, staged: At): void {
  const folder = folders.get(head.ref.folder);
  if (folder) discard(folder, staged);
}

function later(site: Site, item: Pending, reason: string): Promise<void> {
  return postpone(site.db, item.head, reason, site.now() + backoffMs(item.attempts + 1, 500, Math.random()));
}
