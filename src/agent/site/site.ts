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
import type { PowerCut } from './power-cut.ts';
import type { RecentPlacements } from './recent.ts';
import type { RefusedPaths } from './refused.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { WakeUps } from './wake-ups.ts';

/** What this site is, what it may use, and how its folders are. */
export interface Here extends Clock {
  plan: SitePlan;
  /** Sites that have left the network and whose rows are here: their versions still count. */
  former: string[];
  readonly dir: SiteDir;
  secrets: SiteSecrets;
  /** The folders were opened and the rows that were there at the start are ingested. */
  started: boolean;
  readonly log: Logger;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** What places content on the disks of its folders. */
  readonly disk: Disk;
  /** Folders that are held here and whose disk is there. */
  readonly folders: Map<string, OpenFolder>;
  /** Folders of which the disk has stopped answering: nothing here may touch them. They are not in `folders`. */
  readonly stalled: Map<string, OpenFolder>;
  /** Folders that were open and are not, or not at the same place: the numbers of their descriptors are theirs for good. */
  readonly suspended: Map<string, OpenFolder>;
  /** Folders that cannot be used now, and why. */
  readonly folderErrors: Map<string, Problem>;
  /** What else is wrong at this site and needs attention, by what it is about. */
  readonly problems: Map<string, Problem>;
  /**
   * Folders of which no pass has seen the whole tree since the derived tables were made: what the index does not have
   * there may be an old state of a known path rather than something new.
   */
  readonly adopting: Set<string>;
  /** Files that could not be read when they were looked at. */
  readonly unreadable: UnreadableFiles;
}

/** What this site has written down, and what it remembers of it between two looks. */
export interface Store {
  readonly db: Pool;
  /** Held while the tree, the derived tables and the journal are brought in step: one change at a time. */
  readonly lock: Lock;
  readonly counters: Counters;
  /** Of this site's database, in order. */
  incarnations: Incarnation[];
  inlineBudget: TokenBucket;
  readonly brake: Brake;
  readonly authors: Authors;
  readonly recent: RecentPlacements;
  /** What the database does not take of what is on this disk. */
  readonly refused: RefusedPaths;
  /** Paths whose archive grew since it was last trimmed, per folder: their keys as latin1. */
  readonly archiveGrew: Map<string, Set<string>>;
  /** Set while folders have to be looked through after a power cut. */
  powerCut?: PowerCut;
}

/** One agent: whoever does not change anything takes {@link Here} and {@link Store} only. */
export interface Site extends Here, Store {
  readonly wake: WakeUps;
}
