import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';

const POLL_MS = 1000;
/** How long an agent may be without a pulse until it counts as silent: one that was restarted is back by then. */
const GRACE_MS = 12_000;
/** While an agent has none, it is looked for this often. */
const LOOK_MS = 2000;
/** After this long (seconds) the wait for a lock is begun anew. */
const WAIT_SECONDS = 600;
/** After a connection failed, or its neighbour has just been reached. */
const RETRY_MS = 2000;

/** Whether an agent whose pulse has been missing since then (monotonic ms; undefined: it is not) counts as silent. Pure. */
const isUnfelt = (missing: number | undefined, now: number): boolean =>
  missing !== undefined && now - missing >= GRACE_MS;

/** The neighbours whose agents are silent. */
export interface Pulses {
  isSilent(peer: string): boolean;
}

/**
 * Feels the pulse of each connected neighbour's agent until `signal` is aborted: waits in the neighbour's database for a
 * lock that its agent holds. Nothing is sent meanwhile. A link that is down says nothing about an agent.
 */
export function watchPulses(deps: {
  /** The names of the connected neighbours. */
  connected: () => string[];
  /** Whether a neighbour's agent says that it has a pulse: older ones have none. */
  hasPulse: (peer: string) => Promise<boolean>;
  connect: (peer: string) => Promise<Connection>;
  /** The name of the lock; see {@link pulseLock}. */
  lockOf: (peer: string) => string;
  log: Logger;
  signal: AbortSignal;
  /** Monotonic milliseconds. */
  clock: () => number;
}): Pulses & { closed: Promise<void> } {
  const { connected, hasPulse, connect, lockOf, log, signal, clock } = deps;
  const missing = new Map<string, number>();
  const watched = new Map<string, AbortController>();

  async function feel(peer: string, until: AbortSignal): Promise<void> {
    await delay(RETRY_MS, until);
    if (until.aborted || !(await hasPulse(peer))) return void missing.delete(peer);
    const db = await connect(peer);
    const stop = () => db.destroy();
    db.on('error', stop);
    until.addEventListener('abort', stop, { once: true });
    try {
      while (!until.aborted) {
        const name = lockOf(peer);
        if (await ask(db, 'IS_USED_LOCK(?) IS NOT NULL', [name])) {
          missing.delete(peer);
          // In one statement, so that the lock is free again before its agent looks.
          await ask(db, 'IF(GET_LOCK(?, ?), RELEASE_LOCK(?), 0)', [name, WAIT_SECONDS, name]);
        } else {
          if (!missing.has(peer)) missing.set(peer, clock());
          await delay(LOOK_MS, until);
          if (!(await hasPulse(peer))) return void missing.delete(peer);
        }
      }
    } finally {
      until.removeEventListener('abort', stop);
      db.destroy();
    }
  }

  function start(peer: string): void {
    const stop = new AbortController();
    watched.set(peer, stop);
    const until = AbortSignal.any([signal, stop.signal]);
    const failed = (err: Error) => log.debug({ err, peer }, "a neighbour's agent cannot be felt; retrying");
    void repeat(() => feel(peer, until), { signal: until, pause: 0, failed });
  }

  function round(): void {
    const now = new Set(connected());
    for (const [peer, stop] of watched) {
      if (now.has(peer)) continue;
      stop.abort();
      watched.delete(peer);
      missing.delete(peer);
    }
    for (const peer of now) if (!watched.has(peer)) start(peer);
  }

  const failed = (err: Error) => log.warn({ err }, "the neighbours' agents could not be watched; retrying");
  return {
    isSilent: (peer) => isUnfelt(missing.get(peer), clock()),
    closed: repeat(round, { signal, pause: POLL_MS, failed }),
  };
}

async function ask(db: Connection, expression: string, values: unknown[]): Promise<boolean> {
  const [[row]] = await db.query<RowDataPacket[]>(`SELECT ${expression} AS answer`, values);
  return Number(row!.answer) === 1;
}
