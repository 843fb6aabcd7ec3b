import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { type Custody, custodyOf, parseCustody } from '../versions/custody.ts';
import type { Counters } from './counters.ts';
import { loadSkippedIds } from './skipped.ts';
import type { Sql } from './sql.ts';

/** What a site says it holds, by origin. */
export async function loadCustody(db: Sql, peer: string): Promise<Map<string, Custody>> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT origin, held, known, missing FROM ${siteSchema(peer)}.custody`,
  );
  return new Map(rows.map((row) => [String(row.origin), readCustody(row)]));
}

/** What each of these sites says it holds, by origin. */
export async function loadCustodyOf(db: Sql, sites: string[]): Promise<Map<string, Map<string, Custody>>> {
  const custody = new Map<string, Map<string, Custody>>(sites.map((name) => [name, new Map()]));
  const parts = sites.map(
    (name) => `SELECT '${name}' AS site, origin, held, known, missing FROM ${siteSchema(name)}.custody`,
  );
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  for (const row of rows) custody.get(String(row.site))?.set(String(row.origin), readCustody(row));
  return custody;
}

const readCustody = (row: RowDataPacket): Custody =>
  parseCustody(Number(row.held), Number(row.known), String(row.missing));

/** Rows of `pending`, and of `skipped`, considered for one statement of custody; anything beyond counts as missing. */
const LIMIT = 20_000;

/** What this site holds of every origin, from its own database. */
export async function currentCustody({
  db,
  counters,
}: {
  db: Sql;
  counters: Pick<Counters, 'progress'>;
}): Promise<Map<string, Custody>> {
  // Progress first: a version that is ingested between the two queries must not look held.
  const progress = new Map(counters.progress);
  const [pending] = await db.query<RowDataPacket[]>(
    'SELECT origin, seq FROM local.pending ORDER BY origin, seq LIMIT ?',
    [LIMIT],
  );
  const lacking = [
    pending.map((row) => ({ origin: String(row.origin), seq: Number(row.seq) })),
    await loadSkippedIds(db, LIMIT),
  ];
  const wanted = new Map<string, number[]>();
  for (const { origin, seq } of lacking.flat()) {
    const seqs = wanted.get(origin);
    if (seqs) seqs.push(seq);
    else wanted.set(origin, [seq]);
  }
  const ends = lacking.flatMap((ids) => (ids.length === LIMIT ? ids.at(-1)!.origin : []));
  const lastSeen = ends.sort()[0];
  const result = new Map<string, Custody>();
  for (const [origin, known] of progress) {
    const custody = custodyOf(
      known,
      (wanted.get(origin) ?? []).filter((seq) => seq <= known).sort((a, b) => a - b),
    );
    result.set(origin, lastSeen !== undefined && origin >= lastSeen ? cutShort(custody) : custody);
  }
  return result;
}

/** Everything after the first hole counts as missing. */
function cutShort({ held, known }: Custody): Custody {
  return { held, known, missing: held < known ? [[held + 1, known]] : [] };
}
