import { type Problem, problem, problemOf } from '../../problems/problem.ts';
import { ofFullDisk } from '../apply/why-not-placed.ts';
import type { Peer } from '../link/links.ts';
import type { Site } from '../site/site.ts';
import { loadIndex } from '../store/index-entry.ts';
import { backOff, postpone } from '../store/pending.ts';
import type { VersionId } from '../versions/version.ts';
import type { Compressibility } from './compressibility.ts';
import { placeAll } from './place-arrived.ts';
import { type Pulled, pull } from './pull.ts';
import type { RunRsync } from './rsync.ts';
import type { Job } from './schedule.ts';
import { stageBases } from './stage-bases.ts';

/** The pause after the first failure of a file. */
const RETRY_MS = 500;

interface RunWith {
  /** Ends it without blame: its files are pulled anew at once, a large one from where it was. */
  outdated: AbortSignal;
  kinds: Compressibility;
  rsync: RunRsync;
}

/** Fetches the files of a job and puts them in place. What does not arrive waits with its reason. */
export async function runJob(site: Site, job: Job, peer: Peer, { outdated, kinds, rsync }: RunWith): Promise<void> {
  const folder = site.folders.get(job.folder);
  if (!folder) return;
  const index = await loadIndex(
    site.store.db,
    job.items.map((item) => item.head.ref),
  );
  const started = site.monotonic();
  const bases = await stageBases(site, folder, job, index);
  const signal = AbortSignal.any([site.signal, outdated]);
  const ended = site.meters.pullStarted(job, job.items.length);
  const pulled = await pull(site, folder, job, peer, { index, bases, kinds, signal, rsync })
    .finally(bases.remove)
    .finally(ended);
  if (pulled.arrived.length) {
    await placeAll(site, pulled.arrived);
    site.meters.placed(
      job.folder,
      pulled.arrived.map(({ item }) => site.now() - item.since),
    );
  }
  if (!outdated.aborted) await noteFailures(site, pulled);
  const bytes = pulled.arrived.reduce((sum, { item }) => sum + item.head.size, 0);
  const { length: files } = pulled.arrived;
  site.meters.pulled(job, files, bytes);
  if (!outdated.aborted) for (const { problem } of pulled.failed) site.meters.pullFailed(job, problem.code);
  site.log.info(
    {
      peer: job.peer,
      folder: job.folder,
      files,
      bytes,
      failed: pulled.failed.length,
      ms: Math.round(site.monotonic() - started),
    },
    'pulled',
  );
}

async function noteFailures(site: Site, { failed }: Pulled): Promise<void> {
  const failures = failed.map(({ item, problem, fault }) => ({ head: item.head, problem, fault }));
  for (const { head, problem } of failures.filter(({ fault }) => fault === 'link'))
    await postpone(site.store.db, head, problem, site.now() + 1000);
  await later(
    site,
    failures.filter(({ fault }) => fault !== 'link'),
  );
}

/** Each waits after its failure, longer each time. */
export function later(site: Site, failures: { head: VersionId; problem: Problem }[]): Promise<void> {
  return backOff(site.store.db, failures, site, RETRY_MS);
}

export const whyNotFetched = (error: unknown, { folder, peer }: Job): Problem =>
  ofFullDisk(error, folder) ?? problemOf(error, (why) => problem('transferFailed', { peer, why }));
