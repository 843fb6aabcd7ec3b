import type { Pending } from '../store/pending.ts';

/** Above this size (bytes) a file travels alone: resumable, and never in the way of small ones. */
export const LARGE = 4 * 1024 * 1024;
const BATCH_FILES = 400;
const BATCH_BYTES = 16 * 1024 * 1024;
/** On a link with a rate limit: a file that takes longer travels alone, and the next one waits no longer than a batch. */
const LARGE_SECONDS = 10;
const BATCH_SECONDS = 20;

/**
 * Shares of a link's rate. Together at most {@link ALONE}, whatever jobs run: the rest is for rows, so that the displayed
 * state is correct even while files fill the link. A large file never takes so much that small ones would have to wait for
 * its end.
 */
const ALONE = 0.8;
const BESIDE_LARGE = 0.2;
const LARGE_SHARE = 0.6;

/** One rsync run: several small files, or one large one, of one folder from one neighbour. */
export interface Job {
  peer: string;
  folder: string;
  large: boolean;
  items: Pending[];
  /** Its share of a link with a rate limit. */
  bytesPerSecond?: number;
}

/** `peer` + '/small' or '/large': at most one job per lane runs at a time. */
export const laneOf = (job: Pick<Job, 'peer' | 'large'>) => `${job.peer}/${job.large ? 'large' : 'small'}`;

/**
 * The jobs that can start now in addition to the running ones. Pure. Each neighbour has one lane for small files and one
 * for large ones, so that a large file never delays small ones; within a lane the longest-wanted go first. On a link with a
 * rate limit a large file waits for the end of a batch that has the link to itself. A content that several paths want, like
 * that of a copied directory, is fetched for one of them: the others find it on this disk.
 * @param rateOf bytes per second of the link from a neighbour; undefined = unlimited
 */
export function nextJobs(
  due: { item: Pending; peer: string }[],
  running: Job[],
  rateOf: (peer: string) => number | undefined,
): Job[] {
  const busy = new Set(running.map(laneOf));
  const jobs = new Map<string, Job & { bytes: number }>();
  const coming = new Set(running.flatMap(({ items }) => items.flatMap(({ head }) => contentOf(head) ?? [])));
  for (const { item, peer } of due) {
    const { size, ref } = item.head;
    const limits = sizeLimits(rateOf(peer));
    const large = size > limits.large;
    const lane = laneOf({ peer, large });
    const content = contentOf(item.head);
    if (busy.has(lane) || (content !== undefined && coming.has(content))) continue;
    const job = jobs.get(lane);
    if (!job) {
      jobs.set(lane, { peer, folder: ref.folder, large, items: [item], bytes: size });
    } else if (
      !large &&
      job.folder === ref.folder &&
      job.items.length < BATCH_FILES &&
      job.bytes + size <= limits.batch
    ) {
      job.items.push(item);
      job.bytes += size;
    } else continue;
    if (content !== undefined) coming.add(content);
  }
  const found = [...jobs.values()].map(({ bytes: _bytes, ...job }) => job);
  return found.flatMap((job) => withinRate(job, [...running, ...found], rateOf(job.peer)));
}

/** What makes two files of a folder the same transfer. */
const contentOf = ({ ref, sha256 }: Pending['head']): string | undefined =>
  sha256 && `${ref.folder}\0${sha256.toString('latin1')}`;

/** Bytes above which a file travels alone, and of a batch. */
export function sizeLimits(rate: number | undefined): { large: number; batch: number } {
  if (rate === undefined) return { large: LARGE, batch: BATCH_BYTES };
  return { large: Math.min(LARGE, rate * LARGE_SECONDS), batch: Math.min(BATCH_BYTES, rate * BATCH_SECONDS) };
}

function withinRate(job: Job, all: Job[], rate: number | undefined): Job[] {
  if (rate === undefined) return [job];
  const other = all.find(({ peer, large }) => peer === job.peer && large !== job.large);
  const hasLineAlone = other?.bytesPerSecond !== undefined && other.bytesPerSecond > rate * BESIDE_LARGE;
  if (job.large) return hasLineAlone ? [] : [{ ...job, bytesPerSecond: rate * LARGE_SHARE }];
  return [{ ...job, bytesPerSecond: rate * (other ? BESIDE_LARGE : ALONE) }];
}
