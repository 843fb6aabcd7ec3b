import type { Connection, Pool } from 'mysql2/promise';
import type { Logger } from 'pino';
import { backoffMs } from '../../base/backoff.ts';
import { repeat } from '../../base/repeat.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { ChannelSpec, Engine } from '../../database/engine.ts';
import { problem } from '../../problems/problem.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type ChannelFailures, decideChannels, wantedChannels } from './channels.ts';
import { watchDropped } from './dropped.ts';
import { reseed } from './reseed.ts';
import { createListeningClock, isQuiet, noteSign, type Sign } from './silence.ts';
import type { Channel } from './why-stopped.ts';

export const POLL_MS = 1000;
const DROPPED_POLL_MS = 5000;

/** The replication channels of a site, as last observed. */
export interface Replication {
  states(): Channel[];
  /** Applies a changed plan or changed passwords. */
  update(plan: SitePlan, secrets: SiteSecrets): void;
}

/**
 * Keeps a channel open along every link, with its filter; restarts what stopped, and reports what does not start. Runs
 * until `signal` is aborted.
 */
export function superviseReplication(deps: {
  plan: SitePlan;
  secrets: SiteSecrets;
  pool: Pool;
  engine: Engine;
  log: Logger;
  signal: AbortSignal;
  /** Monotonic milliseconds. */
  clock?: () => number;
  /** The hub to which a child is connected. */
  uplink: () => string | undefined;
  /** Whether this site may write in its own name yet: the marker after a copy of dropped rows is such a write. */
  mayWrite?: () => boolean;
}): Replication {
  const { pool, engine, log, signal, uplink, mayWrite = () => true, clock = () => performance.now() } = deps;
  let hub: string | undefined;
  let { plan, secrets } = deps;
  let states: Channel[] = [];
  const troubles = new Map<string, ChannelFailures>();
  const checked = new Set<string>();
  const signs = new Map<string, Sign>();
  const listening = createListeningClock();
  /** Children whose channel stays closed until an administrator has intervened. */
  const quarantine = new Set<string>();
  /** Transaction numbers that looked forged and were read again. */
  const readAgain = new Set<string>();
  let dropped = watchDropped(engine, plan);
  /** When to look for dropped rows again, and how often they were copied in vain. */
  const nextCopy = { at: 0, tries: 0 };

  /** A child that was promoted may send rows of others before this site learns of it: what it was shut out for is its task now. */
  const isHub = (peer: string) => plan.links.some((link) => link.peer === peer && link.kind === 'trunk');

  async function look(db: Connection): Promise<void> {
    hub = uplink() ?? hub;
    for (const peer of await engine.undoForgedPositions(db, readAgain)) {
      if (isHub(peer)) continue;
      quarantine.add(peer);
      log.error({ peer }, 'a child wrote rows in the name of another site; its channel is closed');
    }
    const wanted = wantedChannels(plan, secrets, hub).filter(({ peer }) => !quarantine.has(peer));
    const ran = new Set(states.filter(({ state }) => state === 'running').map(({ peer }) => peer));
    states = await engine.channels(db);
    for (const [peer, action] of decideChannels(wanted, states, troubles, clock(), plan.role)) {
      const spec = wanted.find((one) => one.peer === peer);
      const link = plan.links.find((one) => one.peer === peer);
      if (action === 'copy' && spec && link) {
        note(peer, true);
        await reseed({ plan, secrets, engine, log, db }, link, spec);
      } else if (action === 'close') await engine.closeChannel(db, peer);
      // The first round after a start compares every channel with the plan, whatever its state.
      else if (spec && (action !== 'wait' || !checked.has(peer))) {
        await engine.openChannel(db, spec);
        checked.add(peer);
        note(peer, action === 'restart');
      }
    }
    await copyDropped(db, wanted);
    states = [
      ...states.filter(({ peer }) => !quarantine.has(peer)),
      ...[...quarantine].map((peer): Channel => ({ peer, state: 'failed', problem: problem('stateForged', { peer }) })),
    ];
    listening.looked(clock());
    for (const { peer, state, sign } of states) {
      // A channel that is about to fail also runs for a moment.
      if (state === 'running' && ran.has(peer)) troubles.delete(peer);
      if (sign === undefined) signs.delete(peer);
      else signs.set(peer, noteSign(signs.get(peer), sign, listening.now()));
    }
  }

  /** Tries one hub after the other: a hub that has just learned of a site itself does not have its rows yet. */
  async function copyDropped(db: Connection, wanted: ChannelSpec[]): Promise<void> {
    const hubs = wanted.filter(({ peer, domains }) => 'except' in domains && checked.has(peer));
    if (hubs.length === 0 || !mayWrite() || clock() < nextCopy.at) return;
    nextCopy.at = clock() + DROPPED_POLL_MS;
    const sites = await dropped.find(db);
    if (sites.length === 0) return;
    const spec = hubs[nextCopy.tries++ % hubs.length]!;
    // Otherwise rows that no neighbour has would stop all channels again and again.
    nextCopy.at = clock() + backoffMs(nextCopy.tries, DROPPED_POLL_MS, Math.random());
    log.warn({ peer: spec.peer, sites }, 'rows of these sites were dropped before the plan named them');
    const link = plan.links.find(({ peer }) => peer === spec.peer)!;
    await reseed({ plan, secrets, engine, log, db }, link, spec, sites);
  }

  function note(peer: string, restarted: boolean): void {
    const state = states.find((one) => one.peer === peer);
    if (!restarted || !state || state.state === 'stopped') return;
    const failures = (troubles.get(peer)?.failures ?? 0) + 1;
    troubles.set(peer, { failures, retryAt: clock() + backoffMs(failures, 2000, Math.random()) });
    log.error({ peer, state: state.state, failures, reason: state.error }, 'a replication channel cannot continue');
  }

  async function round(): Promise<void> {
    const db = await pool.getConnection();
    try {
      await look(db);
      db.release();
    } catch (error) {
      db.destroy();
      checked.clear();
      throw error;
    }
  }
  const failed = (err: Error) => log.warn({ err }, 'the replication channels could not be looked at; trying again');
  void repeat(round, { signal, pause: POLL_MS, failed });

  return {
    states: () =>
      states.map((state) => {
        const sign = signs.get(state.peer);
        return sign && state.state === 'running' ? { ...state, quiet: isQuiet(sign, listening.now()) } : state;
      }),
    update(nextPlan, nextSecrets) {
      plan = nextPlan;
      secrets = nextSecrets;
      checked.clear();
      for (const peer of [...quarantine].filter(isHub)) quarantine.delete(peer);
      dropped = watchDropped(engine, plan);
      nextCopy.at = 0;
      nextCopy.tries = 0;
    },
  };
}
