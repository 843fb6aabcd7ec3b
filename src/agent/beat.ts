import { statfs } from 'node:fs/promises';
import type { ResultSetHeader } from 'mysql2/promise';
import { repeat } from '../base/repeat.ts';
import { siteSchema } from '../database/schema.ts';
import type { Detector } from './detect/detector.ts';
import type { Links } from './link/links.ts';
import { ownSummary } from './queries/summary.ts';
import type { Pulse } from './replication/pulse.ts';
import type { SiteView } from './site/site.ts';

export const POLL_MS = 1000;
/** Minimum time between beats, so that a summary that keeps changing does not fill the links. */
const GAP_MS = 5000;

/** The heartbeat row. */
interface Beat {
  at: number;
  agent_version: string;
  disk_free: number;
  disk_size: number;
  summary: string;
}

/**
 * Writes this site's heartbeat: every `plan.beatSeconds`, at once when a link goes up or down, and soon when anything
 * else in its summary changes. While the site is silent, the rest of the network knows nothing else of it. Runs until
 * the site's signal is aborted.
 */
export async function beat(
  site: SiteView,
  links: Links,
  detector: Detector,
  version: string,
  pulse: Pulse,
): Promise<void> {
  let written: Beat | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let peers = '';
  let compared = '';
  let wasInSync = false;
  async function round(): Promise<void> {
    const own = await ownSummary(site, links, detector);
    const summary = JSON.stringify(own);
    // The reasons keep changing while somebody works.
    const comparable = JSON.stringify({ ...own, reasons: undefined, notInSync: undefined });
    const silent = site.monotonic() - writtenAt;
    const due = silent >= site.plan.beatSeconds * 1000;
    const changed = comparable !== compared && silent >= GAP_MS;
    // Losing sync is reported without delay.
    if (due || own.peers.join() !== peers || (wasInSync && !own.inSync) || changed) {
      const disk = await statfs(site.dir.folders);
      const next: Beat = {
        at: site.now(),
        agent_version: version,
        disk_free: disk.bavail * disk.bsize,
        disk_size: disk.blocks * disk.bsize,
        summary,
      };
      await write(site, next, written);
      written = next;
      writtenAt = site.monotonic();
      peers = own.peers.join();
      compared = comparable;
      wasInSync = own.inSync;
    }
  }
  // An agent that cannot say anything about itself is silent, even if the rest of it works.
  async function roundWithPulse(): Promise<void> {
    try {
      await round();
    } finally {
      await pulse.beat();
    }
  }
  await repeat(roundWithPulse, {
    signal: site.signal,
    pause: POLL_MS,
    failed(err) {
      written = undefined;
      site.log.warn({ err }, 'the heartbeat could not be written; trying again');
    },
  });
  pulse.close();
}

/** Writes only the columns that changed: every column of the statement travels over every link, all day. */
async function write(site: SiteView, next: Beat, before: Beat | undefined): Promise<void> {
  const table = `${siteSchema(site.plan.site)}.beat`;
  if (before) {
    const changed = Object.entries(next).filter(([column, value]) => before[column as keyof Beat] !== value);
    const [{ affectedRows }] = await site.store.db.query<ResultSetHeader>(`UPDATE ${table} SET ? WHERE id = 1`, [
      Object.fromEntries(changed),
    ]);
    if (affectedRows > 0) return;
  }
  await site.store.db.query(`REPLACE INTO ${table} SET ?`, [{ id: 1, ...next }]);
}
