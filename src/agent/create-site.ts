import type { Pool } from 'mysql2/promise';
import type { Logger } from 'pino';
import { type Clock, realClock } from '../base/clock.ts';
import { createLock, type Lock } from '../base/lock.ts';
import type { SiteDir, SiteSecrets } from '../base/site-dir.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { recoverIntents } from './apply/recover.ts';
import { createBrake } from './brake/brake.ts';
import { suspendFolder } from './folders.ts';
import type { Disk } from './fs/disk.ts';
import { realDisk } from './fs/real-disk.ts';
import { createUnreadableFiles } from './fs/unreadable.ts';
import { createAuthors } from './site/authors.ts';
import { createRecentPlacements } from './site/recent.ts';
import { createRefused } from './site/refused.ts';
import type { Site } from './site/site.ts';
import type { SiteFiles } from './site/site-files.ts';
import { createTokenBucket } from './site/token-bucket.ts';
import { createWakeUps } from './site/wake-ups.ts';
import { type Counters, loadCounters } from './store/counters.ts';

/** A site of which nothing is open yet. */
export function createSite(given: {
  plan: SitePlan;
  secrets: SiteSecrets;
  dir: SiteDir;
  db: Pool;
  log: Logger;
  signal: AbortSignal;
  counters: Counters;
  clock?: Clock;
  disk?: Disk;
}): Site {
  const { clock = realClock, ...rest } = given;
  const { plan, db, counters } = rest;
  const { monotonic } = clock;
  const site: Site = {
    ...rest,
    ...clock,
    former: [],
    disk: given.disk ?? realDisk,
    started: false,
    folders: new Map(),
    stalled: new Map(),
    suspended: new Map(),
    folderErrors: new Map(),
    problems: new Map(),
    lock: createSiteLock(() => afterFailure(site)),
    inlineBudget: createTokenBucket(plan.inline.bytesPerSecond, plan.inline.burstBytes),
    archiveGrew: new Map(),
    unreadable: createUnreadableFiles(),
    refused: createRefused(),
    recent: createRecentPlacements(),
    authors: createAuthors(monotonic),
    brake: createBrake({ db, now: monotonic, counters }),
    incarnations: [],
    adopting: new Set(),
    wake: createWakeUps(clock),
  };
  return site;
}

/** From now on the site goes by these files. */
export function goBy(site: Site, { plan, secrets }: SiteFiles): void {
  const { bytesPerSecond, burstBytes } = plan.inline;
  if (JSON.stringify(plan.inline) !== JSON.stringify(site.plan.inline))
    site.inlineBudget = createTokenBucket(bytesPerSecond, burstBytes);
  Object.assign(site, { plan, secrets });
  // A transfer that runs at another rate than its line has now is begun anew.
  site.wake.pull.ring();
}

/** What a change that failed had done already: its commit may have got through, or only the disk was changed. */
async function afterFailure(site: Site): Promise<void> {
  Object.assign(site.counters, await loadCounters(site.db, site.plan.site));
  // Rows that wait for the brake may have been committed, though nobody was told.
  await site.brake.load();
  for (const folder of site.folders.values()) {
    try {
      await recoverIntents(site, folder);
    } catch (error) {
      // The others go on; it is opened again, and finished first, when its disk does what is asked of it.
      suspendFolder(site, folder, error as Error);
    }
  }
}

/** One change at a time; after one that failed nothing is changed before `recover` has succeeded. */
function createSiteLock(recover: () => Promise<void>): Lock {
  const lock = createLock();
  let doubtful = false;
  return (task) =>
    lock(async () => {
      if (doubtful) await recover();
      doubtful = false;
      try {
        return await task();
      } catch (error) {
        doubtful = true;
        throw error;
      }
    });
}
