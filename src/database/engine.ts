import type { Connection } from 'mysql2/promise';
import type { SiteDir, SiteSecrets } from '../base/site-dir.ts';
import type { EngineName, SitePlan } from '../topology/site-plan.ts';
import { COPY_MARKERS } from './schema.ts';

/** A replication channel of a site: the neighbour whose rows it receives, and which rows the neighbour may send. */
export interface ChannelSpec {
  /** The neighbour's name, which is also the channel's. */
  peer: string;
  /** Loopback port that leads to its database. */
  port: number;
  user: string;
  password: string;
  /**
   * The filter: sites whose schemas the neighbour may write to. A child writes to its own; a hub relays every site but the
   * receiver.
   */
  speaksFor: string[];
  /** Sites whose transaction numbers it must never use: from a child all others, from a hub the receiver. */
  neverFor: string[];
  /** GTID domains that are read (`only`) or left out (`except`). */
  domains: { only: number } | { except: number };
}

/** How often a neighbour sends a heartbeat over an idle channel; see agent/replication/silence.ts. */
export const HEARTBEAT_SECONDS = 8;

/** Observed state of one channel. */
export interface ChannelState {
  peer: string;
  /**
   * `running`; `connecting`: retries by itself; `stopped`: was stopped, or the server restarted: start it; `purged`: the
   * neighbour's log no longer has the next rows; `copied`: its log never had them because the neighbour copied them itself,
   * or they conflict with the rows here: reseed in all these cases; `failed`: an event cannot be applied.
   */
  state: 'running' | 'connecting' | 'stopped' | 'purged' | 'copied' | 'failed';
  error?: string;
  /** Of a running channel: changes whenever anything arrives over it, heartbeats included. */
  sign?: string;
  /** It is running, but nothing has arrived over it for too long. */
  quiet?: boolean;
}

/**
 * Whether an error means that the next rows must be copied: it comes from a marker in a hub's log ({@link COPY_MARKERS}),
 * from a row that already exists because a copy was interrupted, or from a missing row. In all cases the two sides differ,
 * and only a copy makes them equal again. Pure.
 */
export function needsCopy(code: number, message: string): boolean {
  return code === DUPLICATE || code === MISSING || (code === NO_TABLE && message.includes(`.${COPY_MARKERS}'`));
}

const DUPLICATE = 1062;
const MISSING = 1032;
const NO_TABLE = 1146;

type Sql = Pick<Connection, 'query'>;

/** The dozen statements in which MariaDB and MySQL differ. Everything else is the same SQL. */
export interface Engine {
  readonly name: EngineName;
  /** The text of the configuration file. Pure, so an unchanged plan never restarts the server. */
  config(plan: SitePlan, dir: SiteDir): string;
  /**
   * Idempotent SQL that the server runs at every start, without binary log: users and their privileges, and the site's own
   * schemas. The schemas of other sites follow in the same session (schema.ts).
   */
  initSql(plan: SitePlan, secrets: SiteSecrets): string;
  /** Creates the data directory if it is missing; safe to repeat after an interruption. The configuration file must exist. */
  initialise(dir: SiteDir): Promise<void>;
  /** argv of the server process. */
  command(dir: SiteDir): string[];
  /** Creates or changes the channel, sets its filter, and only then starts it. No event passes unfiltered. */
  openChannel(db: Connection, spec: ChannelSpec): Promise<void>;
  closeChannel(db: Connection, peer: string): Promise<void>;
  channels(db: Connection): Promise<ChannelState[]>;
  /**
   * Undoes what a child did by numbering its rows as another site's: rows of that site would count as received and be
   * skipped. Nothing is lost: the true position is restored, and what was skipped is read again, or the filter has kept it
   * out. Returns the channels that forged numbers; they are stopped.
   * @param seen what was read again before: if it arrives once more without a forger, it is genuine. Owned by the caller
   */
  undoForgedPositions(db: Connection, seen?: Set<string>): Promise<string[]>;
  /** Starts a read transaction at a neighbour and returns the replication position of exactly that moment. */
  beginSnapshot(neighbour: Connection): Promise<string>;
  /** Stops all channels, so that nothing arrives while rows are copied. */
  stopChannels(db: Connection): Promise<void>;
  /** The sites for which a neighbour at `position` has rows that are missing here. */
  sitesAhead(db: Connection, position: string, sites: SitePlan['sites']): Promise<string[]>;
  /** The sites from which anything counts as received here, even if a filter dropped it. */
  receivedFrom(db: Connection, sites: SitePlan['sites']): Promise<string[]>;
  /**
   * Counts what was copied from a neighbour at `position` as received, as far as the neighbour may write it; then starts
   * its channel with `open`. If this site logs what it receives, its log first gets a marker wherever rows were copied: see
   * {@link COPY_MARKERS}. `db` logs what it writes.
   */
  continueFrom(
    db: Connection,
    plan: SitePlan,
    spec: ChannelSpec,
    position: string,
    open: () => Promise<void>,
  ): Promise<void>;
  /** Asks, as `logged`, for the position up to which this server has logged. */
  logged: string;
  /** The highest number that this server has given to a transaction of its own; 0 if none. */
  lastNumber(db: Sql, plan: SitePlan): Promise<bigint>;
  /** The highest number of a site's transactions in a position; 0 if there is none. Pure. */
  numberIn(position: string, site: Pick<SitePlan, 'site' | 'id'>): bigint;
  /**
   * Marks in this server's log that rows of its own, which were copied back, are missing from it: a marker ({@link
   * COPY_MARKERS}) with `number`, the last one that any neighbour knows. A site that has that number skips the marker, and
   * one that lacks anything before it copies.
   */
  markOwn(db: Connection, plan: SitePlan, number: bigint): Promise<void>;
  /** Makes this site's next transaction number higher than `number`; does nothing if it already is. */
  continueAfter(db: Connection, plan: SitePlan, number: bigint): Promise<void>;
  /** What has arrived here from all other sites: changes whenever a row arrives. One cheap query. */
  position(db: Sql): Promise<string>;
}
