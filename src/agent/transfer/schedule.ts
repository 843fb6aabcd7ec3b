import type { Pending } from '../journal/pending.ts';

/** Above this size (bytes) a file travels alone: resumable, and never in the way of small ones. */
export const LARGE = 4 * 1024 * 1024;
const BATCH_FILES = 400;
const BATCH_BYTES = 16 * 1024 * 1024;

/** One rsync run: several small files, or one large one, of one folder from one neighbour. */
export interface Job {
  peer: string;
  folder: string;
  large: boolean;
  items: Pending[];
}

/** Which lanes are busy: `peer` + '/small' or '/large'. */
export const laneOf = (job: Pick<Job, 'peer' | 'large'>) => `${job.peer}/${job.large ? 'large' : 'small'}`;

/**
 * The jobs that can start now. Pure. Each neighbour has one lane for small files and one for large ones, so that a
 * large file never holds back small ones; within a lane the longest-wanted go first.
 */
export function nextJobs(due: { item: Pending; peer: string }[], busyLanes: ReadonlySet<string>): Job[] {
  const jobs = new Map<string, Job & { bytes: number }>();
  for (const { item, peer } of due) {
    const { size, ref } = item.head;
    const large = size > LARGE;
    const lane = laneOf({ peer, large });
    if (busyLanes.has(lane)) continue;
    const job = jobs.get(lane);
    if (!job) {
      jobs.set(lane, { peer, folder: ref.folder, large, items: [item], bytes: size });
    } else if (
      !large &&
      job.folder === ref.folder &&
      job.items.length < BATCH_FILES &&
      job.bytes + size <= BATCH_BYTES
    ) {
      job.items.push(item);
      job.bytes += size;
    }
  }
  return [...jobs.values()].map(({ peer, folder, large, items }) => ({ peer, folder, large, items }));
}
