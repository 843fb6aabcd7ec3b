import type { RowDataPacket } from 'mysql2/promise';
import { bisect } from '../../base/bisect.ts';
import { isRefusal } from '../../database/refusal.ts';
import { siteSchema } from '../../database/schema.ts';
import { transaction } from '../../database/transaction.ts';
import { announce, bringInStep, commit } from '../apply/apply-heads.ts';
import { keepLosing } from '../apply/keep-losing.ts';
import type { Site } from '../site/site.ts';
import { saveProgress } from '../store/counters.ts';
import { loadFamilies, originsOf } from '../store/family.ts';
import { type Head, loadHeads, saveHeads } from '../store/head.ts';
import { loadIndex } from '../store/index-entry.ts';
import { refOf } from '../store/path-ref.ts';
import { dropPending } from '../store/pending.ts';
import { readVersion } from '../store/rows.ts';
import type { Skipped } from '../store/skipped.ts';
import type { Sql } from '../store/sql.ts';
import { formatId, MAX_SEQ, sameId, type Version } from '../versions/version.ts';
import { advance, headOfFamily } from './advance.ts';
import { skip, skippedFrom } from './skip.ts';

/**
 * Reads the rows that are new here, in order and once, and updates the derived tables and the tree. A site's own rows are
 * new to it only when it has lost the derived tables. Returns the number of rows read. Throws what went wrong once the rows
 * of all other sites are ingested.
 */
export async function ingest(site: Site): Promise<number> {
  let total = 0;
  const failures: unknown[] = [];
  for (const origin of await originsAhead(site)) {
    try {
      for (let count = 1; count > 0 && !site.signal.aborted; total += count) {
        count = await ingestBatch(site, origin);
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return total;
}

/** Origins with rows that were not ingested yet. */
async function originsAhead(site: Site): Promise<string[]> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    originsOf(site)
      .map(
        (name) =>
          `SELECT '${name}' AS origin, MAX(seq) AS seq FROM ${siteSchema(name)}.version WHERE seq <= ${MAX_SEQ}`,
      )
      .join(' UNION ALL '),
  );
  return rows
    .filter((row) => Number(row.seq ?? 0) > (site.store.counters.progress.get(row.origin) ?? 0))
    .map((row) => String(row.origin));
}

/** Rows per batch: many, because each batch waits for the disk once. */
const ROWS = 2000;
/** Contents per batch, in bytes. */
const CONTENT_BYTES = 8 * 1024 * 1024;

/**
 * Ingests the next rows of an origin; if the database refuses what follows from a row, all but that one. Such a row is
 * skipped, like one that cannot be parsed: see retry-skipped.ts. Takes the site's lock.
 */
async function ingestBatch(site: Site, origin: string): Promise<number> {
  const from = site.store.counters.progress.get(origin) ?? 0;
  const [read] = await site.store.db.query<RowDataPacket[]>(
    `SELECT * FROM ${siteSchema(origin)}.version WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    [from, MAX_SEQ, ROWS],
  );
  const rows = withinBudget(read, site.plan.inline.maxBytes);
  if (rows.length === 0) return 0;
  await bisect(
    rows,
    (part) => site.store.lock(() => ingestRows(site, origin, part)),
    isRefusal,
    (row, error) => skip(site, site.store.db, [skippedFrom(origin, row, error.message)]),
  );
  await site.store.lock(() => passOver(site, origin, Number(rows.at(-1)!.seq)));
  return rows.length;
}

/** The last rows of a batch may have been refused. */
async function passOver(site: Site, origin: string, last: number): Promise<void> {
  if ((site.store.counters.progress.get(origin) ?? 0) >= last) return;
  await saveProgress(site.store.db, origin, last, site.store.counters.clock);
  site.store.counters.progress.set(origin, last);
  site.wake.custody.ring();
}

async function ingestRows(site: Site, origin: string, read: RowDataPacket[]): Promise<void> {
  const from = site.store.counters.progress.get(origin) ?? 0;
  const rows = read.filter((row) => Number(row.seq) > from);
  if (rows.length === 0) return;
  const last = Number(rows.at(-1)!.seq);
  const contents = await loadContents(site, origin, from, last);
  await takeIn(site, origin, rows, last, contents, (tx, skipped) => skip(site, tx, skipped));
}

/**
 * Call it under the site's lock.
 * @param last the number up to which the rows of this origin count from now on
 * @param settle what else is written in the same transaction; receives the rows that cannot be parsed
 */
export async function takeIn(
  site: Site,
  origin: string,
  rows: RowDataPacket[],
  last: number,
  contents: Map<string, Buffer>,
  settle: (tx: Sql, unread: Skipped[]) => Promise<void>,
): Promise<void> {
  const versions: Version[] = [];
  const unread: Skipped[] = [];
  for (const row of rows) {
    const version = readVersion(origin, row);
    if (typeof version === 'string') unread.push(skippedFrom(origin, row, version));
    else versions.push(version);
  }
  const bytesOf = contentFinder(versions, contents);
  const clock = versions.reduce((max, v) => Math.max(max, v.clock), site.store.counters.clock);

  // Own rows that come back from a neighbour may be older than others that already count: include all of them.
  const heads = await advanceHeads(site, versions, (name) => {
    if (name === site.plan.site) return Number.POSITIVE_INFINITY;
    return name === origin ? last : (site.store.counters.progress.get(name) ?? 0);
  });
  await keepLosing(site, versions, heads, (version) => contents.get(formatId(version)));
  const refs = heads.map((head) => head.ref);
  const index = await loadIndex(site.store.db, refs);
  const steps = await bringInStep(
    site,
    heads.map((head) => ({ head, index: index.get(head.ref.id), ...bytesOf(head) })),
  );
  await transaction(site.store.db, async (tx) => {
    await saveHeads(tx, heads);
    await dropPending(tx, refs);
    await commit(site, tx, steps);
    await settle(tx, unread);
    await saveProgress(tx, origin, last, clock);
  });
  site.store.counters.progress.set(origin, last);
  site.store.counters.clock = clock;
  if (origin !== site.plan.site) site.meters.rowsArrived(versions.map(({ detectedAt }) => site.now() - detectedAt));
  announce(site, steps);
  site.wake.heads.publish(heads);
  site.store.refused.clear(refs);
}

/** As many rows as fit into one batch, assuming that each small file comes with its content. */
function withinBudget(rows: RowDataPacket[], inlineMax: number): RowDataPacket[] {
  let bytes = 0;
  const end = rows.findIndex((row, i) => {
    if (row.kind === 'file' && row.size <= inlineMax) bytes += Number(row.size);
    return i > 0 && bytes > CONTENT_BYTES;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

async function loadContents(site: Site, origin: string, from: number, to: number): Promise<Map<string, Buffer>> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT seq, bytes FROM ${siteSchema(origin)}.content WHERE seq > ? AND seq <= ?`,
    [from, to],
  );
  return new Map(rows.map((row) => [formatId({ origin, seq: Number(row.seq) }), row.bytes]));
}

/** Of several versions with the same content in a batch, only the first one's row has it. */
function contentFinder(versions: Version[], contents: Map<string, Buffer>): (head: Head) => { bytes?: Buffer } {
  const hashOf = ({ sha256 }: Pick<Version, 'sha256'>) => sha256?.toString('latin1') ?? '';
  const byHash = new Map(
    versions.flatMap((version) => {
      const bytes = contents.get(formatId(version));
      return bytes ? [[hashOf(version), bytes] as const] : [];
    }),
  );
  return (head) => {
    const bytes = contents.get(formatId(head)) ?? byHash.get(hashOf(head));
    return bytes && bytes.length === head.size ? { bytes } : {};
  };
}

/** Heads that differ after these versions, each path once. `upTo`: how far each origin's rows count. */
export async function advanceHeads(site: Site, versions: Version[], upTo: (origin: string) => number): Promise<Head[]> {
  const refs = versions.map((v) => refOf(v.folder, v.path));
  const before = await loadHeads(site.store.db, refs);
  const now = new Map(before);
  const forked = new Map<string, (typeof refs)[number]>();
  versions.forEach((version, i) => {
    const ref = refs[i]!;
    if (forked.has(ref.id)) return;
    const next = advance(ref, now.get(ref.id), version);
    if (next) now.set(ref.id, next);
    else forked.set(ref.id, ref);
  });
  const families = await loadFamilies(site.store.db, site, [...forked.values()], upTo);
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
