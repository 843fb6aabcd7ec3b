import { statfs } from 'node:fs/promises';
import { delay } from '../../base/delay.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';
import { ownSummary } from './summary.ts';

const LOOK_MS = 1000;
/** What changes all the time must not fill the links. */
const GAP_MS = 5000;

/**
 * Keeps this site's heartbeat row fresh: every `plan.beatSeconds`, at once when a link comes or goes, and soon when
 * anything else of its summary changes. It is what the rest of the network knows of this site when it is silent. Runs
 * until the site's signal aborts.
 */
export async function beat(site: Site, links: Links, detector: Detector, version: string): Promise<void> {
  let last = { at: 0, peers: '', summary: '' };
  while (!site.signal.aborted) {
    try {
      const { peers, ...rest } = await ownSummary(site, links, detector);
      const next = { at: site.now(), peers: peers.join(), summary: JSON.stringify({ peers, ...rest }) };
      const silent = next.at - last.at;
      const due = silent >= site.plan.beatSeconds * 1000;
      if (due || next.peers !== last.peers || (next.summary !== last.summary && silent >= GAP_MS)) {
        await write(site, next.summary, version);
        last = next;
      }
    } catch (error) {
      site.log.warn({ err: error }, 'the heartbeat could not be written; trying again');
    }
    await delay(LOOK_MS, site.signal);
  }
}

async function write(site: Site, summary: string, version: string): Promise<void> {
  const disk = await statfs(site.dir.folders);
  await site.db.query(
    `INSERT INTO ${siteSchema(site.plan.site)}.beat (id, at, agent_version, disk_free, disk_size, summary) VALUES (1, ?, ?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE at = VALUES(at), agent_version = VALUES(agent_version), disk_free = VALUES(disk_free),
         disk_size = VALUES(disk_size), summary = VALUES(summary)`,
    [site.now(), version, disk.bavail * disk.bsize, disk.blocks * disk.bsize, summary],
  );
}
