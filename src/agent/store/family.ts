import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Version } from '../versions/version.ts';
import type { PathRef } from './path-ref.ts';
import { readVersion, VERSION_COLUMNS } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/** The sites whose rows are in this database: those of the network, and those that have left it. */
export interface Origins {
  readonly plan: Pick<SitePlan, 'sites'>;
  readonly store: { readonly former: ReadonlySet<string> };
}

/** All known versions of a path, from every site's rows, unsorted. Slow: only where histories fork, and for display. */
export async function loadFamilies(
  db: Sql,
  site: Origins,
  refs: PathRef[],
  upTo?: (origin: string) => number,
): Promise<Map<string, Version[]>> {
  const families = new Map<string, Version[]>(refs.map((ref) => [ref.id, []]));
  for (const part of chunks(refs, 100)) {
    const keys = part.map((ref) => ref.pathKey);
    for (const name of originsOf(site)) {
      const [rows] = await db.query<RowDataPacket[]>(
        `SELECT ${VERSION_COLUMNS} FROM ${siteSchema(name)}.version WHERE path_key IN (?)`,
        [keys],
      );
      const limit = upTo?.(name) ?? Number.POSITIVE_INFINITY;
      for (const row of rows) {
        const version = readVersion(name, row);
        // A forged key would put a row into another path's family: the path itself decides.
        if (typeof version !== 'string' && version.seq <= limit)
          families.get(`${version.folder}\0${version.path}`)?.push(version);
      }
    }
  }
  return families;
}

/** Every site whose rows are here. */
export function originsOf({ plan, store: { former } }: Origins): string[] {
  return [...plan.sites.map(({ name }) => name), ...former];
}
