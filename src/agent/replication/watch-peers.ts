import type { Pool } from 'mysql2/promise';
import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { Engine } from '../../database/engine.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { foreignIn, isOlder, ownHistory } from './known-history.ts';
import { askPeer } from './peer.ts';

const POLL_MS = 1000;

/** The result of comparing this site's database with a neighbour's. */
export type Finding =
  /** It is the latest, as far as that neighbour knows. */
  | 'current'
  /** It went back in time: what is missing is fetched back at the next start. */
  | 'older'
  /** Another one runs in the name of this site. */
  | 'cloned';

/**
 * Compares this site with each neighbour that becomes reachable, even long after the start: a link may have been down, and
 * one hub may know what another does not. What this site said meanwhile has numbers of its own, so the delay is harmless.
 * Runs until `signal` is aborted, or until something other than `current` is found: then it reports that, once.
 * @param wasConfirmed whether a neighbour has compared at the start
 */
export async function watchPeers(
  deps: {
    plan: () => SitePlan;
    secrets: () => SiteSecrets;
    db: Pool;
    engine: Engine;
    log: Logger;
    signal: AbortSignal;
    /** Names of the connected neighbours. */
    connected: () => string[];
  },
  wasConfirmed: boolean,
  found: (finding: Exclude<Finding, 'current'>, peer: string) => void,
): Promise<void> {
  const { db, engine, log, signal } = deps;
  let confirmed = wasConfirmed;
  let compared = new Set<string>();
  while (!signal.aborted) {
    const connected = deps.connected();
    compared = new Set(connected.filter((peer) => compared.has(peer)));
    for (const peer of connected) {
      if (compared.has(peer)) continue;
      const finding = await compare(peer).catch((error: Error) => {
        log.warn({ err: error, peer }, 'comparing what a neighbour knows of this site failed; retrying');
        return undefined;
      });
      if (finding === undefined) continue;
      if (finding !== 'current') return found(finding, peer);
      compared.add(peer);
      confirmed = true;
    }
    await delay(POLL_MS, signal);
  }

  async function compare(peer: string): Promise<Finding | undefined> {
    const plan = deps.plan();
    const link = plan.links.find((one) => one.peer === peer);
    const { limits } = await ownHistory(db, engine, plan);
    const theirs = link && (await askPeer({ plan, secrets: deps.secrets(), engine }, link, limits));
    if (!theirs) return undefined;
    // Read after the neighbour's: what this site keeps saying must not look as if the neighbour knew more.
    const mine = await ownHistory(db, engine, plan);
    if (!isOlder(mine, theirs, limits)) return 'current';
    // If a neighbour found this database to be the latest, a later incarnation can only be another machine's.
    return confirmed && foreignIn(mine, theirs).length > 0 ? 'cloned' : 'older';
  }
}
