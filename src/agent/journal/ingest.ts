import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { transaction } from '../../database/transaction.ts';
import type { Site } from '../site.ts';
import { advance, headOfFamily } from './advance.ts';
import { saveProgress } from './counters.ts';
import { loadFamilies } from './family.ts';
import { dropPending } from './pending.ts';
import { readVersion, text } from './rows.ts';
import { announce, bringInStep, commit } from './step.ts';
import { BATCH, type Head, loadHeads, loadIndex, refOf, saveHeads } from './store.ts';
import { formatId, sameId, type Version } from './version.ts';

/**
 * Reads the rows of other sites that are new here, in order and once, and brings the derived tables and the tree in
 * step with them. Returns the number of rows read.
 */
export async function ingest(site: Site): Promise<number> {
  let total = 0;
  for (const origin of await originsAhead(site)) {
    for (let count = BATCH; count === BATCH && !site.signal.aborted; total += count) {
      count = await site.lock(() => ingestBatch(site, origin));
    }
  }
  return total;
}

/** Origins that have rows which were not ingested yet. */
async function originsAhead(site: Site): Promise<string[]> {
  const others = site.plan.sites.filter((other) => other.name !== site.plan.site);
  if (others.length === 0) return [];
  const [rows] = await site.db.query<RowDataPacket[]>(
    others
      .map(({ name }) => `SELECT '${name}' AS origin, MAX(seq) AS seq FROM ${siteSchema(name)}.version`)
      .join(' UNION ALL '),
  );
  return rows
    .filter((row) => Number(row.seq ?? 0) > (site.counters.progress.get(row.origin) ?? 0))
    .map((row) => String(row.origin));
}

async function ingestBatch(site: Site, origin: string): Promise<number> {
  const schema = siteSchema(origin);
  const from = site.counters.progress.get(origin) ?? 0;
  const [rows] = await site.db.query<RowDataPacket[]>(
    `SELECT v.*, c.bytes FROM ${schema}.version v LEFT JOIN ${schema}.content c ON c.seq = v.seq WHERE v.seq > ? ORDER BY v.seq LIMIT ?`,
    [from, BATCH],
  );
  if (rows.length === 0) return 0;
  const last = Number(rows.at(-1)!.seq);

  const versions: Version[] = [];
  const contents = new Map<string, Buffer>();
  for (const row of rows) {
    const version = readVersion(origin, row);
    if (typeof version === 'string') {
      site.log.error({ origin, seq: Number(row.seq), folder: text(row.folder), reason: version }, 'a row was refused');
      continue;
    }
    versions.push(version);
    if (row.bytes !== null) contents.set(formatId(version), row.bytes);
  }
  const clock = versions.reduce((max, v) => Math.max(max, v.clock), site.counters.clock);

  const heads = await advanceHeads(site, versions, (name) =>
    name === origin ? last : (site.counters.progress.get(name) ?? 0),
  );
  const refs = heads.map((head) => head.ref);
  const index = await loadIndex(site.db, refs);
  const steps = await bringInStep(
    site,
    heads.map((head) => ({ head, index: index.get(head.ref.id), ...bytesOf(contents, head) })),
  );
  await transaction(site.db, async (tx) => {
    await saveHeads(tx, heads);
    await dropPending(tx, refs);
    await commit(site, tx, steps);
    await saveProgress(tx, origin, last, clock);
  });
  site.counters.progress.set(origin, last);
  site.counters.clock = clock;
  announce(site, steps);
  return rows.length;
}

function bytesOf(contents: Map<string, Buffer>, head: Head): { bytes?: Buffer } {
  const bytes = contents.get(formatId(head));
  return bytes && bytes.length === head.size ? { bytes } : {};
}

/** Heads that differ after these versions, each path once. `upTo`: how far each origin's rows count. */
export async function advanceHeads(site: Site, versions: Version[], upTo: (origin: string) => number): Promise<Head[]> {
  const refs = versions.map((v) => refOf(v.folder, v.path));
  const before = await loadHeads(site.db, refs);
  const now = new Map(before);
  const forked = new Map<string, (typeof refs)[number]>();
  versions.forEach((version, i) => {
    const ref = refs[i]!;
    if (forked.has(ref.id)) return;
    const next = advance(ref, now.get(ref.id), version);
    if (next) now.set(ref.id, next);
    else forked.set(ref.id, ref);
  });
  const families = await loadFamilies(site.db, site, [...forked.values()], upTo);
  // Versions that are being recorded right now are not in the database yet.
  const fresh = Map.groupBy(versions, (v) => `${v.folder}\0${v.path}`);
  for (const [id, ref] of forked) {
    const family = new Map([...(families.get(id) ?? []), ...(fresh.get(id) ?? [])].map((v) => [formatId(v), v]));
    const head = headOfFamily(ref, [...family.values()]);
    if (head) now.set(id, head);
  }
  return [...now.values()].filter((head) => {
    const old = before.get(head.ref.id);
    return !sameId(old, head) || old?.rivals !== head.rivals;
  });
}
