import { type Custody, has } from '../versions/custody.ts';
import { FACTS, FILE, type NameColumns } from './names.ts';

/** Of every directory by its number, everything below it counted. */
export interface DirectoryTotals {
  files: Uint32Array;
  bytes: Float64Array;
  /** By site: versions below that it lacks, deletions too. Sites that lack nothing are left out. */
  missing: Map<string, Uint32Array>;
}

/** What each site says that it holds, by site, then by origin. */
type CustodyOfAll = ReadonlyMap<string, Map<string, Custody>>;

/** Files and bytes below every directory: one pass over all names, and one over all directories. Pure. */
export function sizesBelow({ count, kinds, homes, facts, parents }: NameColumns): Omit<DirectoryTotals, 'missing'> {
  const files = new Uint32Array(parents.length);
  const bytes = new Float64Array(parents.length);
  for (let record = 0; record < count; record++) {
    if (kinds[record] !== FILE) continue;
    const home = homes[record]!;
    files[home]!++;
    bytes[home]! += facts[record * FACTS]!;
  }
  sumUp(parents, files);
  sumUp(parents, bytes);
  return { files, bytes };
}

/** What sites lack below every directory. Only those are looked at that have not confirmed everything. Pure. */
export function missingBelow(columns: NameColumns, custody: CustodyOfAll): DirectoryTotals['missing'] {
  const { count, homes, facts, makers, origins, parents } = columns;
  const missing: DirectoryTotals['missing'] = new Map();
  for (const site of incompleteSites(columns, custody)) {
    const held = custody.get(site)!;
    const lacks = new Uint32Array(parents.length);
    // Most origins are complete: of these nothing is looked at.
    const open = origins.map((origin, i) => !isComplete(site, held, origin, columns.newest[i]!));
    for (let record = 0; record < count; record++) {
      const maker = makers[record]!;
      if (!open[maker]) continue;
      if (!has(site, held, { origin: origins[maker]!, seq: facts[record * FACTS + 2]! })) lacks[homes[record]!]!++;
    }
    sumUp(parents, lacks);
    missing.set(site, lacks);
  }
  return missing;
}

/** Sites that may lack something. Pure. */
export function incompleteSites({ origins, newest }: NameColumns, custody: CustodyOfAll): string[] {
  return [...custody].flatMap(([site, held]) =>
    origins.every((origin, i) => isComplete(site, held, origin, newest[i]!)) ? [] : [site],
  );
}

function isComplete(site: string, held: Map<string, Custody>, origin: string, newest: number): boolean {
  if (site === origin) return true;
  const custody = held.get(origin);
  return custody !== undefined && custody.known >= newest && custody.missing.length === 0;
}

/** Adds to every directory what is below it: one that is above has a lower number. */
function sumUp(parents: number[], sums: Uint32Array | Float64Array): void {
  for (let id = parents.length - 1; id > 0; id--) {
    const above = parents[id]!;
    if (above !== id) sums[above]! += sums[id]!;
  }
}
