import type { Pool } from 'mysql2/promise';
import { createLock } from '../base/lock.ts';
import type { Engine } from '../database/engine.ts';
import { followLateWrites } from './apply/late-writes.ts';
import { recallRecent } from './brake/recall.ts';
import type { Detector } from './detect/detector.ts';
import { endFolders } from './folders.ts';
import { writeCustody } from './journal/custody-writer.ts';
import { followWaiting } from './journal/decide-held.ts';
import { followJournal } from './journal/follow.ts';
import { followNames } from './journal/follow-names.ts';
import { followTimes } from './journal/follow-times.ts';
import { closeConflicts } from './journal/own-conflicts.ts';
import { endCleanly, noticePowerCut } from './journal/power-cut.ts';
import type { Peer } from './link/links.ts';
import { maintain } from './maintain.ts';
import type { Site } from './site/site.ts';
import { loadCounters } from './store/counters.ts';
import type { MeasureLine } from './transfer/lines.ts';
import { publishTransfers } from './transfer/publish.ts';
import { type Puller, startPuller } from './transfer/puller.ts';
import type { RunRsync } from './transfer/rsync.ts';
import { openAll, retryFolders } from './watch-folders.ts';

const CUSTODY_GAP_MS = 100;
const PUBLISH_MS = 1000;

/** What the core needs besides the site's own disk and database. */
interface Edges {
  engine: Pick<Engine, 'position'>;
  /** Neighbours to pull from. */
  peers(): Peer[];
  rsync: RunRsync;
  /** Absent: only configured rates apply, none is measured. */
  measure?: MeasureLine;
  /** Connects to the site's own database as the user that may remove rows of other sites. */
  seed(): Pool;
}

/** The way of a file from the disk where it changes to all others; independent of the edges. */
export interface Core {
  /** Opens planned folders that are not open. Calls run one at a time. */
  open(): Promise<void>;
  /**
   * Must come first: finds out how the last run ended, and opens the folders. Throws while the database is unavailable.
   */
  start(): Promise<void>;
  /** Starts transfers. */
  pull(): Puller;
  /** Runs until the site's signal is aborted. */
  run(puller: Puller): Promise<void>;
  /** Must come last: records a clean stop. */
  end(): Promise<void>;
}

export function createCore(site: Site, detector: Detector, edges: Edges): Core {
  const opening = createLock();
  const open = () => opening(() => openAll(site, detector));
  return {
    open,
    async start() {
      await site.store.lock(async () =>
        Object.assign(site.store.counters, await loadCounters(site.store.db, site.plan.site)),
      );
      await recallRecent(site);
      site.store.brake.mark();
      await site.store.brake.load();
      await noticePowerCut(site);
      await open();
      site.startup.finish();
    },
    pull: () => startPuller(site, edges.peers, edges.rsync, edges.measure),
    async run(puller) {
      await Promise.all([
        followJournal(site, edges.engine),
        writeCustody(site, CUSTODY_GAP_MS),
        publishTransfers(site, puller, PUBLISH_MS),
        maintain(site, edges.seed),
        retryFolders(site, detector, open),
        followWaiting(site, detector.pace),
        closeConflicts(site),
        followLateWrites(site),
        followNames(site),
        followTimes(site),
        puller.closed,
      ]);
    },
    async end() {
      await detector.stop();
      await endFolders(site);
      await endCleanly(site).catch((err: Error) => site.log.debug({ err }, 'the shutdown could not be recorded'));
    },
  };
}
