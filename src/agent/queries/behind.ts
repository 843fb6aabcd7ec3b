import type { RowDataPacket } from 'mysql2/promise';
import { safeCount, safeTime } from '../../base/numbers.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SiteStore, SiteView } from '../site/site.ts';
import type { Sql } from '../store/sql.ts';
import { type Custody, parseCustody } from '../versions/custody.ts';

/** What a site lacks, as known here. */
export interface Behind {
  lagSeconds: number;
  filesBehind: number;
  bytesBehind: number;
  /** Journal rows that are here and that it has not confirmed. */
  rowsBehind: number;
  /** Whether there is more than was counted. */
  more: boolean;
  folders: Record<string, { lagSeconds: number; filesBehind: number; bytesBehind: number }>;
}

type Known = Pick<SiteView, 'now' | 'plan'> & { readonly store: Pick<SiteStore, 'db'> };

/** Maximum number of versions counted per origin. */
const COUNTED = 20_000;
/** Maximum number of ranges of missing versions counted per origin. */
const RANGES = 64;

/**
 * The versions in folders of site `name` that it has neither confirmed nor superseded. For most origins its watermarks
 * show at once that nothing is missing; rows are counted only for the others.
 * @param clockAhead of an origin, in ms: the age of its versions is measured by its clock
 */
export async function behindOf(site: Known, name: string, clockAhead: (origin: string) => number): Promise<Behind> {
  const folders = foldersOf(site, name);
  const behind = nothingBehind();
  if (folders.length === 0) return behind;
  for (const { origin, newest, custody } of await incomplete(site, name)) {
    behind.rowsBehind += await countRows(site.store.db, origin, custody?.known ?? 0);
    const ranges = missingRanges(custody, newest);
    await count(behind, site.store.db, { origin, ranges, folders, now: site.now() + clockAhead(origin) });
  }
  return behind;
}

/**
 * Versions of `origin` above `seq` in folders of site `name`: what it lacks if it has heard of nothing above `seq`.
 * Like {@link behindOf}.
 */
export async function beyond(
  site: Known,
  name: string,
  origin: string,
  seq: number,
  clockAhead: number,
): Promise<Behind> {
  const folders = foldersOf(site, name);
  const behind = nothingBehind();
  const ranges: [number, number][] = [[seq + 1, Number.MAX_SAFE_INTEGER]];
  if (folders.length > 0) await count(behind, site.store.db, { origin, ranges, folders, now: site.now() + clockAhead });
  return behind;
}

const nothingBehind = (): Behind => ({
  lagSeconds: 0,
  filesBehind: 0,
  bytesBehind: 0,
  rowsBehind: 0,
  more: false,
  folders: {},
});

const foldersOf = ({ plan }: Known, name: string) =>
  plan.folders.filter(({ members }) => members.includes(name)).map((folder) => folder.name);

interface Missing {
  origin: string;
  ranges: [number, number][];
  folders: string[];
  /** By the clock of the origin. */
  now: number;
}

async function count(behind: Behind, db: Sql, { origin, ranges, folders, now }: Missing): Promise<void> {
  if (ranges.length === 0) return;
  behind.more ||= ranges.length > RANGES;
  const within = ranges.slice(0, RANGES).map(() => 'seq BETWEEN ? AND ?');
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT folder, COUNT(*) AS files, SUM(size) AS bytes, MIN(detected_at) AS oldest FROM
       (SELECT folder, size, detected_at FROM ${siteSchema(origin)}.version
         WHERE (${within.join(' OR ')}) AND folder IN (?) LIMIT ${COUNTED}) AS missing GROUP BY folder`,
    [...ranges.slice(0, RANGES).flat(), folders],
  );
  for (const row of rows) add(behind, String(row.folder), row, now);
}

/**
 * Counts the versions of `origin` above `seq`. Numbers have gaps: each incarnation of a database starts far above the
 * last.
 */
async function countRows(db: Sql, origin: string, seq: number): Promise<number> {
  const [[row]] = await db.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS n FROM (SELECT 1 FROM ${siteSchema(origin)}.version WHERE seq > ? LIMIT ${COUNTED}) AS above`,
    [seq],
  );
  return Number(row!.n);
}

/** Origins of which site `name` has not confirmed every version known here. */
export async function incomplete({ store: { db } }: Pick<Known, 'store'>, name: string) {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT known_here.origin, known_here.seq, theirs.held, theirs.known, theirs.missing
       FROM local.progress AS known_here LEFT JOIN ${siteSchema(name)}.custody AS theirs USING (origin)
       WHERE known_here.origin <> ? AND (theirs.known IS NULL OR theirs.known < known_here.seq OR theirs.missing <> '')`,
    [name],
  );
  return rows.map((row) => ({
    origin: String(row.origin),
    newest: safeCount(row.seq),
    custody: row.known === null ? undefined : parseCustody(Number(row.held), Number(row.known), String(row.missing)),
  }));
}

function add(behind: Behind, folder: string, row: RowDataPacket, now: number): void {
  const files = safeCount(row.files);
  const bytes = safeCount(row.bytes);
  const lag = safeCount((now - safeTime(row.oldest)) / 1000);
  const before = behind.folders[folder] ?? { lagSeconds: 0, filesBehind: 0, bytesBehind: 0 };
  behind.folders[folder] = {
    lagSeconds: Math.max(before.lagSeconds, lag),
    filesBehind: before.filesBehind + files,
    bytesBehind: before.bytesBehind + bytes,
  };
  behind.lagSeconds = Math.max(behind.lagSeconds, lag);
  behind.filesBehind += files;
  behind.bytesBehind += bytes;
  behind.more ||= files >= COUNTED;
}

/** The ranges of numbers up to `newest` that are not confirmed. Pure. */
export function missingRanges(custody: Custody | undefined, newest: number): [number, number][] {
  if (!custody) return newest > 0 ? [[1, newest]] : [];
  const missing = custody.missing.filter(([from]) => from <= newest);
  return custody.known < newest ? [...missing, [custody.known + 1, newest]] : missing;
}
