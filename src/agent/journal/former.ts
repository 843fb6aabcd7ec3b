import type { RowDataPacket } from 'mysql2/promise';
import { siteOfSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Site, SiteView } from '../site/site.ts';
import { type Head, readHead } from '../store/head.ts';
import { contentOf, type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { BATCH, type Sql } from '../store/sql.ts';
import type { Version } from '../versions/version.ts';
import { journalOwn } from './own.ts';

/** Finds the sites that have left the network and whose rows are here. */
export async function loadFormer({ plan, store: { db, former } }: SiteView): Promise<void> {
  const current = new Set(plan.sites.map(({ name }) => name));
  const [rows] = await db.query<RowDataPacket[]>(
    "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE 'site\\_%' ORDER BY schema_name",
  );
  former.clear();
  for (const row of rows) {
    const name = siteOfSchema(String(row.name));
    if (name !== undefined && !current.has(name)) former.add(name);
  }
}

/**
 * The site that takes over what former sites last said about a folder: only one, preferably a hub, because all can reach
 * it. Pure.
 */
function heirOf(plan: Pick<SitePlan, 'sites'>, members: string[]): string | undefined {
  const hubs = new Set(plan.sites.filter(({ role }) => role === 'hub').map(({ name }) => name));
  return members.find((name) => hubs.has(name)) ?? members[0];
}

/**
 * A site that joins after another one left gets no rows of that one, and would never hear of the files that it was the last
 * to write. So the heir restates, in its own name, what it holds of them: the same content, based on that version, with the
 * same clock, so that a real edit always wins. Nothing is transferred for it. Returns the number of versions.
 */
export async function takeOver(site: Site): Promise<number> {
  let total = 0;
  if (site.store.former.size === 0) return total;
  for (const { plan } of site.folders.values()) {
    if (heirOf(site.plan, plan.members) !== site.plan.site) continue;
    for (let count = 1; count > 0 && !site.signal.aborted; total += count)
      count = await site.store.lock(() => takeOverSome(site, plan.name));
  }
  if (total > 0)
    site.log.info({ versions: total, former: [...site.store.former] }, 'took over the versions of former sites');
  return total;
}

async function takeOverSome(site: Site, folder: string): Promise<number> {
  const heads = await formerHeads(site.store.db, folder, [...site.store.former]);
  if (heads.length === 0) return 0;
  const origin = site.plan.site;
  const now = site.now();
  let { seq } = site.store.counters;
  const versions = heads.map((head): Version => {
    seq += 1;
    return {
      ...contentOf(head),
      origin,
      seq,
      base: { origin: head.origin, seq: head.seq },
      merges: [],
      clock: head.clock,
      author: head.origin,
      detectedAt: now,
    };
  });
  const index = await loadIndex(
    site.store.db,
    heads.map((head) => head.ref),
  );
  const entries = heads.flatMap((head, i): IndexEntry[] => {
    const entry = index.get(head.ref.id);
    return entry ? [{ ...entry, origin, seq: versions[i]!.seq }] : [];
  });
  await journalOwn(site, { versions, entries, gone: [], contents: [], wanted: [], clock: site.store.counters.clock });
  return versions.length;
}

/** Some heads of a folder that these sites made and that this disk holds. */
async function formerHeads(db: Sql, folder: string, origins: string[]): Promise<Head[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT h.* FROM local.head h LEFT JOIN local.\`index\` i ON i.dir_key = h.dir_key AND i.path_key = h.path_key
      WHERE h.folder = ? AND h.origin IN (?)
        AND ((i.origin = h.origin AND i.seq = h.seq) OR (h.kind = 'deleted' AND i.origin IS NULL)) LIMIT ?`,
    [folder, origins, BATCH],
  );
  return rows.map(readHead);
}
