import { repeat } from '../../base/repeat.ts';
import type { Room } from '../fs/disk.ts';
import type { Site } from '../site/site.ts';
import { tellTrouble } from '../site/trouble.ts';
import { stateFull } from './words.ts';

const POLL_MS = 2000;
const MB = 1_000_000;
/** With less than this a database cannot go on for long. Fetched content leaves more (room.ts). */
const LEAST_BYTES = 16 * MB;
const LEAST_INODES = 50;

/** Pure. */
export function isFull({ free, inodes }: Room): boolean {
  return free < LEAST_BYTES || (inodes !== undefined && inodes.free < LEAST_INODES);
}

/**
 * Says when the disk on which the database keeps its files is full: then the database waits, or ends, with a word in its own log only.
 * Runs until the site's signal aborts.
 */
export function watchStateRoom(site: Pick<Site, 'dir' | 'disk' | 'troubles' | 'log' | 'signal'>): Promise<void> {
  const { state } = site.dir;
  return repeat(
    async () => tellTrouble(site, 'database', isFull(await site.disk.room(state)) ? stateFull(state) : undefined),
    {
      signal: site.signal,
      pause: POLL_MS,
      failed: (error) => site.log.warn({ err: error }, 'the disk of the database could not be looked at; trying again'),
    },
  );
}
