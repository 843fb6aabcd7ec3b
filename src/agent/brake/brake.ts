import type { RowDataPacket } from 'mysql2/promise';
import { BRAKE_DEFAULTS, type BrakeLimits } from '../../api/brake.ts';
import { countHeld, type Held, type HeldCount, loadHeld } from '../store/held.ts';
import type { PathRef } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import type { Sql } from '../store/sql.ts';
import { createWindow, type Window } from './window.ts';

/** Losses within this time count together. */
export const WINDOW_MS = 60_000;
/** Up to this many overwrites within {@link BURST_MS} are normal work, and are journaled at once. */
const BURST = 10;
const BURST_MS = 2000;
/** For how long the positions of the journal are remembered. */
const MARKS_MS = 900_000;
const MARK_GAP_MS = 1000;

/** When changes of a folder that are not decided yet were first and last seen. Monotonic milliseconds. */
export interface Undecided {
  since: number;
  last: number;
}

/** The in-memory state about held changes, which are in the table `held`. */
export interface Brake {
  /** Loads what an earlier run left. Throws while the database is unavailable. */
  load(): Promise<void>;
  /** Held changes at these paths, by path id; without a query when nothing in the folder is held. */
  at(refs: PathRef[]): Promise<Map<string, Held>>;
  /** Must be called before and after rows of the folder are written or deleted. */
  changed(folder: string): void;
  /** What waits for approval, by folder. */
  counts(): Promise<Map<string, HeldCount>>;
  /** Whether these overwrites, with those just before, exceed normal work, so that they must be judged together. */
  isBurst(folder: string, ids: string[]): boolean;
  undecided: Map<string, Undecided>;
  /** Must be called, under the site's lock, before undecided rows of the folder are written. */
  arrive(folder: string): void;
  /** Changes whenever undecided rows may have been added: while it is the same, what was counted is complete. */
  arrivals(folder: string): number;
  /** Losses of the last {@link WINDOW_MS} that were journaled or held. */
  recent(folder: string): { deleted: Window; overwritten: Window };
  /** Somebody has decided: counting starts anew. */
  forgetRecent(folder: string): void;
  /** Remembers the current position of the journal. */
  mark(): void;
  /** The same for an earlier time, before any other is remembered. */
  remember(at: number, seq: number): void;
  /** A sequence number of the own journal that was reached before then. */
  seqBefore(at: number): number;
  /** Forgets folders in which nothing is held any more; called now and then. */
  tidy(): Promise<void>;
  /** Folders in which a decision is being carried out. */
  deciding: Set<string>;
}

interface Setting {
  db: Sql;
  /** Monotonic milliseconds. */
  now: () => number;
  counters: { seq: number };
}

export function createBrake({ db, now, counters }: Setting): Brake {
  /** Until loaded it is unknown which folders have rows, so every query goes to the table. */
  let isLoaded = false;
  /** Folders that may have rows in the table. */
  const touched = new Set<string>();
  const undecided = new Map<string, Undecided>();
  const arrived = new Map<string, number>();
  const recents = new Map<string, { deleted: Window; overwritten: Window }>();
  const bursts = new Map<string, Window>();
  const marks: { at: number; seq: number }[] = [];
  let revision = 0;
  let tidied = 0;
  let known: { revision: number; counts: Promise<Map<string, HeldCount>> } | undefined;

  return {
    undecided,
    arrive(folder) {
      arrived.set(folder, (arrived.get(folder) ?? 0) + 1);
    },
    arrivals: (folder) => arrived.get(folder) ?? 0,
    deciding: new Set(),
    async load() {
      const [rows] = await db.query<RowDataPacket[]>(
        'SELECT folder, MIN(decided) AS decided, MIN(since) AS since FROM local.held GROUP BY folder',
      );
      for (const row of rows) {
        touched.add(text(row.folder));
        if (Number(row.decided) === 0) undecided.set(text(row.folder), { since: now(), last: now() });
      }
      isLoaded = true;
    },
    async at(refs) {
      if (isLoaded && touched.size === 0) return new Map();
      return loadHeld(
        db,
        refs.filter(({ folder }) => !isLoaded || touched.has(folder)),
      );
    },
    changed(folder) {
      touched.add(folder);
      revision++;
    },
    async tidy() {
      if (touched.size === 0 || tidied === revision) return;
      const before = revision;
      const [rows] = await db.query<RowDataPacket[]>('SELECT DISTINCT folder FROM local.held');
      // Writers announce before and after: what was read in between does not count.
      if (revision !== before) return;
      tidied = before;
      const full = new Set(rows.map((row) => text(row.folder)));
      for (const folder of touched) if (!full.has(folder)) touched.delete(folder);
    },
    counts() {
      if (!isLoaded) return countHeld(db);
      if (touched.size === 0) return Promise.resolve(new Map());
      if (known?.revision === revision) return known.counts;
      const fresh = { revision, counts: countHeld(db) };
      known = fresh;
      fresh.counts.catch(() => {
        if (known === fresh) known = undefined;
      });
      return fresh.counts;
    },
    isBurst(folder, ids) {
      const window = bursts.get(folder) ?? createWindow(BURST_MS);
      bursts.set(folder, window);
      window.add(ids, now());
      return window.count(now()) > BURST;
    },
    recent(folder) {
      const windows = recents.get(folder) ?? {
        deleted: createWindow(WINDOW_MS),
        overwritten: createWindow(WINDOW_MS),
      };
      recents.set(folder, windows);
      return windows;
    },
    forgetRecent(folder) {
      recents.delete(folder);
    },
    mark() {
      if (now() - (marks.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < MARK_GAP_MS) return;
      marks.push({ at: now(), seq: counters.seq });
      while (marks.length > 1 && marks[1]!.at < now() - MARKS_MS) marks.shift();
    },
    remember(at, seq) {
      marks.unshift({ at, seq });
    },
    seqBefore(at) {
      return (marks.findLast((mark) => mark.at <= at) ?? marks[0])?.seq ?? counters.seq;
    },
  };
}

/** The limits in the SyncFolder, or the defaults. */
export function brakeLimits(plan: { brake?: BrakeLimits }): BrakeLimits {
  return plan.brake ?? BRAKE_DEFAULTS;
}
