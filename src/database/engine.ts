import type { Connection } from 'mysql2/promise';
import type { SiteDir, SiteSecrets } from '../base/site-dir.ts';
import type { EngineName, SitePlan } from '../topology/site-plan.ts';
import { MARKS } from './schema.ts';

/** A replication channel of a site: the neighbour whose rows it receives and what it is allowed to say. */
export interface ChannelSpec {
  /** Neighbour's name; also the channel's. */
  peer: string;
  /** Loopback port behind which its database answers. */
  port: number;
  user: string;
  password: string;
  /**
   * The fence: sites whose schemas it may speak for. A child speaks for itself; a hub relays every site but the
   * receiver.
   */
  speaksFor: string[];
  /** The sites under whose numbers it must say nothing: of a child all others, of a hub the receiver. */
  neverFor: string[];
  /** GTID domains that are read (`only`) or left out (`except`). */
  domains: { only: number } | { except: number };
}

/** How often a neighbour says over a channel that it is there when it has nothing else to say; see agent/replication/silence.ts. */
export const HEARTBEAT_SECONDS = 8;

/** Observed state of one channel. */
export interface ChannelState {
  peer: string;
  /**
   * `running`; `connecting`: retries by itself; `stopped`: somebody stopped it or the server restarted: start it;
   * `purged`: the neighbour's log no longer has the rows that come next; `copied`: it never had them, for the neighbour
   * copied them itself, or they do not fit the rows that are here: reseed in all cases; `failed`: an event cannot be applied.
   */
  state: 'running' | 'connecting' | 'stopped' | 'purged' | 'copied' | 'failed';
  error?: string;
  /** Of a channel that runs: becomes another text whenever anything arrives over it, be it a heartbeat. */
  sign?: string;
  /** It runs, and nothing has arrived over it for longer than it may be. */
  quiet?: boolean;
}

/**
 * An error that says that the rows which come next have to be copied: of a mark in a hub's log ({@link MARKS}); of a row that
 * is here already, because a copy was interrupted; of one that is missing. The tables of the two differ, and only a copy makes
 * them equal again. Pure.
 */
export function asksForCopy(code: number, message: string): boolean {
  return code === DUPLICATE || code === MISSING || (code === NO_TABLE && message.includes(`.${MARKS}'`));
}

const DUPLICATE = 1062;
const MISSING = 1032;
const NO_TABLE = 1146;

type Sql = Pick<Connection, 'query'>;

/** The dozen statements in which MariaDB and MySQL differ. Everything else is the same SQL. */
export interface Engine {
  readonly name: EngineName;
  /** Configuration file text; pure, so that an unchanged plan leaves the server alone, wherever it is made. */
  config(plan: SitePlan, dir: SiteDir): string;
  /**
   * Idempotent SQL run by the server at every start, without binary log: users and their rights, the site's own schemas. The
   * schemas of other sites follow it in the same session (schema.ts).
   */
  initSql(plan: SitePlan, secrets: SiteSecrets): string;
  /**
   * Creates the data directory when it is missing; safe to run again after a kill half-way. The configuration file is
   * there already.
   */
  initialise(dir: SiteDir): Promise<void>;
  /** argv of the server process. */
  command(dir: SiteDir): string[];
  /** Creates or changes the channel, sets its fence, only then starts it. No event passes unfenced. */
  openChannel(db: Connection, spec: ChannelSpec): Promise<void>;
  closeChannel(db: Connection, peer: string): Promise<void>;
  channels(db: Connection): Promise<ChannelState[]>;
  /**
   * Undoes what a child did by numbering its rows as another site's: rows of that site would count as known already and
   * be skipped. Nothing is lost: the true position is restored, and what was skipped is read again; or the fence has not let
   * them in. Returns the channels that lied; they are stopped.
   * @param seen what was read again before: if it comes once more without a liar, it is true. The caller keeps it
   */
  undoForgedPositions(db: Connection, seen?: Set<string>): Promise<string[]>;
  /** Begins a reading transaction at a neighbour and returns the replication position of just that moment. */
  beginSnapshot(neighbour: Connection): Promise<string>;
  /** Stops all channels, so that nothing arrives while rows are copied. */
  stopChannels(db: Connection): Promise<void>;
  /** Those of the sites of which a neighbour at `position` knows more than this one. */
  knownMore(db: Connection, position: string, sites: SitePlan['sites']): Promise<string[]>;
  /** Those of the sites of which anything counts as received here, be it that a filter dropped it. */
  counted(db: Connection, sites: SitePlan['sites']): Promise<string[]>;
  /**
   * Counts what was copied from a neighbour at `position` as received, as far as it may speak; then starts its channel by
   * `open`. Where this site logs what it receives, its log gets a mark first at each place where rows were copied: see
   * {@link MARKS}. `db` logs what it writes.
   */
  continueFrom(
    db: Connection,
    plan: SitePlan,
    spec: ChannelSpec,
    position: string,
    open: () => Promise<void>,
  ): Promise<void>;
  /** The highest number that this server has given to a transaction of its own; 0 when none. */
  lastNumber(db: Sql, plan: SitePlan): Promise<bigint>;
  /** The highest number of a site's transactions in a position; 0 when there is none. Pure. */
  numberIn(position: string, site: Pick<SitePlan, 'site' | 'id'>): bigint;
  /**
   * Says in this server's log that rows of its own are missing there, which were copied back: a mark ({@link MARKS}) under `number`, the last
   * that any neighbour knows. Who knows it skips the mark, and whoever lacks anything before it copies.
   */
  markOwn(db: Connection, plan: SitePlan, number: bigint): Promise<void>;
  /** Makes this site's next transaction come after `number`; does nothing when it does already. */
  continueAfter(db: Connection, plan: SitePlan, number: bigint): Promise<void>;
  /** What arrived here of all other sites: changes whenever rows of one arrive. One cheap query. */
  position(db: Sql): Promise<string>;
}
