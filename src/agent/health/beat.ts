import { statfs } from 'node:fs/promises';
import type { ResultSetHeader } from 'mysql2/promise';
import { delay } from '../../base/delay.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';

const LOOK_MS = 1000;

type Beat = Record<'at' | 'agent_version' | 'disk_free' | 'disk_size' | 'link', string | number>;

/**
 * Keeps this site's heartbeat row fresh: every `plan.beatSeconds`, and at once when a link comes or goes. It is what
 * the rest of the network knows of this site when it is silent. Runs until the site's signal aborts.
 */
export async function beat(site: Site, links: Links, version: string): Promise<void> {
  let written: Beat | undefined;
  while (!site.signal.aborted) {
    const link = JSON.stringify({ connected: links.connected(), peers: links.peers().map((peer) => peer.name) });
    const at = site.now();
    const due = !written || at - Number(written.at) >= site.plan.beatSeconds * 1000;
    if (due || link.slice(0, 2048) !== written?.link) {
      try {
        const disk = await statfs(site.dir.folders);
        const next = {
          at,
          agent_version: version,
          disk_free: disk.bavail * disk.bsize,
          disk_size: disk.blocks * disk.bsize,
          link: link.slice(0, 2048),
        };
        await write(site, next, written);
        written = next;
      } catch (error) {
        written = undefined;
        site.log.warn({ err: error }, 'the heartbeat could not be written; trying again');
      }
    }
    await delay(LOOK_MS, site.signal);
  }
}

/** Only what differs from the beat before: every column that a statement names travels over every link, all day. */
async function write(site: Site, next: Beat, before: Beat | undefined): Promise<void> {
  const table = `${siteSchema(site.plan.site)}.beat`;
  if (before) {
    const changed = Object.entries(next).filter(([column, value]) => before[column as keyof Beat] !== value);
    const [{ affectedRows }] = await site.db.query<ResultSetHeader>(`UPDATE ${table} SET ? WHERE id = 1`, [
      Object.fromEntries(changed),
    ]);
    if (affectedRows > 0) return;
  }
  await site.db.query(`REPLACE INTO ${table} SET ?`, [{ id: 1, ...next }]);
}
