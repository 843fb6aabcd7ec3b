import { repeat } from '../../base/repeat.ts';
import { problem } from '../../problems/problem.ts';
import type { Room } from '../fs/disk.ts';
import { setProblem } from '../site/set-problem.ts';
import type { Site } from '../site/site.ts';

const POLL_MS = 2000;
const MB = 1_000_000;
/** With less free space than this a database soon fails. Fetched content leaves more free (room.ts). */
const LEAST_BYTES = 16 * MB;
const LEAST_INODES = 50;

/** Pure. */
export function isFull({ free, inodes }: Room): boolean {
  return free < LEAST_BYTES || (inodes !== undefined && inodes.free < LEAST_INODES);
}

type Parts = Pick<Site, 'dir' | 'disk' | 'plan' | 'problems' | 'log' | 'signal'>;

/**
 * Reports when the database's disk is full: the database then waits or exits, and mentions it only in its own log. Runs
 * until the site's signal is aborted.
 */
export function watchStateRoom(site: Parts): Promise<void> {
  const { state } = site.dir;
  const full = problem('databaseDiskFull', { path: state });
  return repeat(async () => setProblem(site, 'database', isFull(await site.disk.room(state)) ? full : undefined), {
    signal: site.signal,
    pause: POLL_MS,
    failed: (error) => site.log.warn({ err: error }, 'the disk of the database could not be looked at; trying again'),
  });
}
