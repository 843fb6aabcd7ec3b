import type { Pool } from 'mysql2/promise';
import type { Logger } from 'pino';
import { type Clock, realClock } from '../base/clock.ts';
import { createLock, type Lock } from '../base/lock.ts';
import type { SiteDir } from '../base/site-dir.ts';
import { recoverIntents } from './apply/recover.ts';
import { createBrake } from './brake/brake.ts';
import { suspendFolder } from './folders.ts';
import type { Disk } from './fs/disk.ts';
import { realDisk } from './fs/real-disk.ts';
import { createUnreadableFiles } from './fs/unreadable.ts';
import { createAuthors } from './site/authors.ts';
import { createMeters } from './site/meters.ts';
import { createRecentPlacements } from './site/recent.ts';
import { createRefused } from './site/refused.ts';
import { createRowBudget } from './site/row-budget.ts';
import type { Site, SiteStore } from './site/site.ts';
import type { SiteFiles } from './site/site-files.ts';
import { createStartup } from './site/startup.ts';
import { createWakeUps } from './site/wake-ups.ts';
import { type Counters, loadCounters } from './store/counters.ts';

interface Given extends SiteFiles {
  dir: SiteDir;
  db: Pool;
  log: Logger;
  signal: AbortSignal;
  counters: Counters;
  clock?: Clock;
  disk?: Disk;
}

/** A site without open folders. */
export function createSite({ plan, secrets, dir, db, log, signal, counters, clock = realClock, disk }: Given): Site {
  let files: SiteFiles = { plan, secrets };
  const store = createStore(db, counters, plan.inline, clock, () => afterFailure(site));
  const wake = createWakeUps(clock);
  const site: Site = {
    ...clock,
    get plan() {
      return files.plan;
    },
    get secrets() {
      return files.secrets;
    },
    dir,
    log,
    signal,
    disk: disk ?? realDisk,
    startup: createStartup(),
    folders: new Map(),
    stalled: new Map(),
    suspended: new Map(),
    folderErrors: new Map(),
    problems: new Map(),
    adopting: new Set(),
    rejoining: new Set(),
    unreadable: createUnreadableFiles(),
    meters: createMeters(),
    store,
    wake,
    use(changed) {
      files = changed;
      store.rowBudget.plan(changed.plan.inline);
      // A transfer whose rate limit has changed is restarted.
      wake.pull.ring();
    },
  };
  return site;
}

function createStore(
  db: Pool,
  counters: Counters,
  inline: SiteFiles['plan']['inline'],
  { monotonic }: Clock,
  recover: () => Promise<void>,
): SiteStore {
  return {
    db,
    counters,
    lock: createSiteLock(recover),
    incarnations: [],
    former: new Set(),
    rowBudget: createRowBudget(inline),
    brake: createBrake({ db, now: monotonic, counters }),
    authors: createAuthors(monotonic),
    recent: createRecentPlacements(),
    refused: createRefused(),
    archiveGrew: new Map(),
    powerCut: { folders: new Set(), lastAlive: 0 },
  };
}

/**
 * After a change that failed: its transaction may have been committed all the same, or only the disk was changed. Brings
 * disk and tables in step again.
 */
async function afterFailure(site: Site): Promise<void> {
  const { store } = site;
  Object.assign(store.counters, await loadCounters(store.db, site.plan.site));
  // Held rows may have been committed without an answer.
  await store.brake.load();
  for (const folder of site.folders.values()) {
    try {
      await recoverIntents(site, folder);
    } catch (error) {
      // Recovered when it is opened again; the other folders go on.
      suspendFolder(site, folder, error as Error);
    }
  }
}

/** One change at a time. After one that failed, the next starts only once `recover` has succeeded. */
function createSiteLock(recover: () => Promise<void>): Lock {
  const lock = createLock();
  let isDoubtful = false;
  return (task) =>
    lock(async () => {
      if (isDoubtful) await recover();
      isDoubtful = false;
      try {
        return await task();
      } catch (error) {
        isDoubtful = true;
        throw error;
      }
    });
}
