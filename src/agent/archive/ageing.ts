import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { SiteView } from '../site/site.ts';

/**
 * The time by which archived versions age, in Unix ms: this site's clock, but never ahead of the last heartbeat of all its
 * neighbours. A clock that has jumped ahead by years must not empty an archive; while a site is cut off, nothing gets too
 * old.
 */
export async function ageingTime(site: Pick<SiteView, 'plan' | 'now'> & { store: Pick<SiteView['store'], 'db'> }) {
  const neighbours = [...new Set(site.plan.links.map(({ peer }) => peer))];
  if (neighbours.length === 0) return site.now();
  const beats = neighbours.map((peer) => `SELECT at FROM ${siteSchema(peer)}.beat WHERE id = 1`);
  const [rows] = await site.store.db.query<RowDataPacket[]>(beats.join(' UNION ALL '));
  return noLaterThan(
    site.now(),
    rows.map((row) => Number(row.at)),
  );
}

/** Pure. */
export function noLaterThan(now: number, heard: number[]): number {
  return Math.min(now, Math.max(0, ...heard));
}
