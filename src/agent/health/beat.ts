import { statfs } from 'node:fs/promises';
import { delay } from '../../base/delay.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';

const LOOK_MS = 1000;

/**
 * Keeps this site's heartbeat row fresh: every `plan.beatSeconds`, and at once when a link comes or goes. It is what
 * the rest of the network knows of this site when it is silent. Runs until the site's signal aborts.
 */
export async function beat(site: Site, links: Links, version: string): Promise<void> {
  let last = { at: 0, link: '' };
  while (!site.signal.aborted) {
    const link = JSON.stringify({ connected: links.connected(), peers: links.peers().map((peer) => peer.name) });
    const now = site.now();
    if (link !== last.link || now - last.at >= site.plan.beatSeconds * 1000) {
      try {
        await write(site, link, version);
        last = { at: now, link };
      } catch (error) {
        site.log.warn({ err: error }, 'the heartbeat could not be written; trying again');
      }
    }
    await delay(LOOK_MS, site.signal);
  }
}

async function write(site: Site, link: string, version: string): Promise<void> {
  const disk = await statfs(site.dir.folders);
  await site.db.query(
    `INSERT INTO ${siteSchema(site.plan.site)}.beat (id, at, agent_version, disk_free, disk_size, link) VALUES (1, ?, ?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE at = VALUES(at), agent_version = VALUES(agent_version), disk_free = VALUES(disk_free),
         disk_size = VALUES(disk_size), link = VALUES(link)`,
    [site.now(), version, disk.bavail * disk.bsize, disk.blocks * disk.bsize, link.slice(0, 2048)],
  );
}
