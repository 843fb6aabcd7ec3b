import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Engine } from '../../database/engine.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

/** Every site writes to these before it does anything else. */
const FIRST_TABLES = ['beat', 'custody', 'version'];

/** An unknown table or schema. */
const UNKNOWN = new Set(['ER_NO_SUCH_TABLE', 'ER_BAD_DB_ERROR']);

/** The sites of which there is no row here. */
export async function emptyOf(db: Pick<Connection, 'query'>, sites: string[]): Promise<string[]> {
  if (sites.length === 0) return [];
  const nothing = (schema: string) =>
    FIRST_TABLES.map((table) => `NOT EXISTS (SELECT 1 FROM ${schema}.${table})`).join(' AND ');
  const [rows] = await db.query<RowDataPacket[]>(
    sites.map((name) => `SELECT '${name}' AS site FROM DUAL WHERE ${nothing(siteSchema(name))}`).join(' UNION ALL '),
  );
  return rows.map((row) => String(row.site));
}

/**
 * Sites whose rows counted as received but were dropped: they arrived while the plan of this site did not list them yet, as
 * at a laptop that was away when a site was added. A filter drops for good: no neighbour ever sends them again.
 */
export interface Dropped {
  /** Cheap once there is something from every site. */
  find(db: Connection): Promise<string[]>;
}

export function watchDropped(engine: Engine, { site, sites }: SitePlan): Dropped {
  let empty = sites.map(({ name }) => name).filter((name) => name !== site);
  return {
    async find(db) {
      try {
        empty = await emptyOf(db, empty);
      } catch (error) {
        // The tables of a new site are created a moment after the plan arrives; until then its channel waits too.
        if (UNKNOWN.has((error as NodeJS.ErrnoException).code ?? '')) return [];
        throw error;
      }
      if (empty.length === 0) return [];
      return engine.receivedFrom(
        db,
        sites.filter(({ name }) => empty.includes(name)),
      );
    },
  };
}
