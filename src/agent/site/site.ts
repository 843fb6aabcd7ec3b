import type { Pool } from 'mysql2/promise';
import type { Logger } from 'pino';
import type { Clock } from '../../base/clock.ts';
import type { Lock } from '../../base/lock.ts';
import type { SiteDir, SiteSecrets } from '../../base/site-dir.ts';
import type { Problem } from '../../problems/problem.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Brake } from '../brake/brake.ts';
import type { Disk } from '../fs/disk.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { UnreadableFiles } from '../fs/unreadable.ts';
import type { Counters } from '../store/counters.ts';
import type { Incarnation } from '../store/incarnation.ts';
import type { Authors } from './authors.ts';
import type { Meters } from './meters.ts';
import type { PowerCut } from './power-cut.ts';
import type { RecentPlacements } from './recent.ts';
import type { RefusedPaths } from './refused.ts';
import type { RowBudget } from './row-budget.ts';
import type { SiteFiles } from './site-files.ts';
import type { Startup } from './startup.ts';
import type { WakeUps } from './wake-ups.ts';

/** What this site is, and the state of its folders. */
export interface SiteContext extends Clock {
  readonly plan: SitePlan;
  readonly dir: SiteDir;
  readonly secrets: SiteSecrets;
  readonly startup: Startup;
  readonly log: Logger;
  /** Aborted when the agent is to stop. */
  readonly signal: AbortSignal;
  readonly disk: Disk;
  /** Folders that are open and whose disk responds. */
  readonly folders: Map<string, OpenFolder>;
  /** Folders whose disk no longer responds: nothing may touch them. They are not in `folders`. */
  readonly stalled: Map<string, OpenFolder>;
  /** Folders that were open and are not, or that moved. Their descriptors stay reserved for them. */
  readonly suspended: Map<string, OpenFolder>;
  /** Why folders cannot be used now. */
  readonly folderErrors: Map<string, Problem>;
  /** What else needs attention at this site, by subject. */
  readonly problems: Map<string, Problem>;
  /**
   * Folders whose tree has not been scanned completely since the derived tables were created: a path that is not in the
   * index may be an old state of a known path there, rather than a new file.
   */
  readonly adopting: Set<string>;
  /** Those of them that had left the plan and are in it again: what is missing from such a tree was not deleted. */
  readonly rejoining: Set<string>;
  readonly unreadable: UnreadableFiles;
  readonly meters: Meters;
}

/** The site's database, and what is kept in memory about its rows. */
export interface SiteStore {
  readonly db: Pool;
  /** Held while the tree, the derived tables and the journal are brought in step: one change at a time. */
  readonly lock: Lock;
  readonly counters: Counters;
  /** Of this site's database, in order. Empty until neighbours have been asked what they know of this site. */
  readonly incarnations: Incarnation[];
  /** Sites that have left the network and whose rows are still here: their versions count. */
  readonly former: Set<string>;
  readonly rowBudget: RowBudget;
  readonly brake: Brake;
  readonly authors: Authors;
  readonly recent: RecentPlacements;
  /** Paths on this disk that the database does not accept. */
  readonly refused: RefusedPaths;
  /** Paths whose archive grew since it was last trimmed, per folder: their keys as latin1. */
  readonly archiveGrew: Map<string, Set<string>>;
  readonly powerCut: PowerCut;
}

/** For whoever only reads: a site without its wake-ups. */
export interface SiteView extends SiteContext {
  readonly store: SiteStore;
}

/** One agent: what it is, its store, and how its parts wake each other. Complete once it is created. */
export interface Site extends SiteView {
  readonly wake: WakeUps;
  /** Applies a changed plan or changed passwords. */
  use(files: SiteFiles): void;
}
