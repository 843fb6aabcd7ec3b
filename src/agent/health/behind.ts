import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { Custody } from '../journal/custody.ts';
import type { Site } from '../site.ts';

/** What a site lacks, as known here. */
export interface Behind {
  lagSeconds: number;
  filesBehind: number;
  bytesBehind: number;
  /** There is more than was counted. */
  more: boolean;
  folders: Record<string, { lagSeconds: number; filesBehind: number; bytesBehind: number }>;
}

/** Versions counted for one origin: beyond that the answer is "more". */
const COUNTED = 20_000;
/** Ranges of missing versions looked at for one origin. */
const RANGES = 64;

/**
 * The versions of folders that `name` holds and that it has neither confirmed nor superseded. Its watermarks say at once for
 * most origins that nothing is missing; only for the others rows are counted.
 */
export async function behindOf(site: Site, name: string, custody: Map<string, Custody>): Promise<Behind> {
  const folders = site.plan.folders.filter(({ members }) => members.includes(name)).map((folder) => folder.name);
  const behind: Behind = { lagSeconds: 0, filesBehind: 0, bytesBehind: 0, more: false, folders: {} };
  if (folders.length === 0) return behind;
  const now = site.now();
  for (const [origin, newest] of site.counters.progress) {
    if (origin === name) continue;
    const ranges = missingRanges(custody.get(origin), newest);
    if (ranges.length === 0) continue;
    behind.more ||= ranges.length > RANGES;
    const within = ranges.slice(0, RANGES).map(() => 'seq BETWEEN ? AND ?');
    const [rows] = await site.db.query<RowDataPacket[]>(
      `SELECT folder, COUNT(*) AS files, SUM(size) AS bytes, MIN(detected_at) AS oldest FROM
         (SELECT folder, size, detected_at FROM ${siteSchema(origin)}.version
           WHERE (${within.join(' OR ')}) AND folder IN (?) LIMIT ${COUNTED}) AS missing GROUP BY folder`,
      [...ranges.slice(0, RANGES).flat(), folders],
    );
    for (const row of rows) add(behind, String(row.folder), row, now);
  }
  return behind;
}

function add(behind: Behind, folder: string, row: RowDataPacket, now: number): void {
  const files = Number(row.files);
  const bytes = Number(row.bytes);
  const lag = Math.max(0, Math.round((now - Number(row.oldest)) / 1000));
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

/** The numbers, up to `newest`, that are not confirmed. Pure. */
export function missingRanges(custody: Custody | undefined, newest: number): [number, number][] {
  if (!custody) return newest > 0 ? [[1, newest]] : [];
  const missing = custody.missing.filter(([from]) => from <= newest);
  return custody.known < newest ? [...missing, [custody.known + 1, newest]] : missing;
}
