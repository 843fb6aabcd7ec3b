import type { SiteSecrets } from '../base/site-dir.ts';
import type { EngineName, SitePlan } from '../topology/site-plan.ts';
import type { Engine } from './engine.ts';
import { mariadb } from './mariadb.ts';
import { mysql } from './mysql.ts';
import { siteSchemasSql } from './schema.ts';

/** A network runs one of these: `SitePlan.engine`. */
export const engines: Record<EngineName, Engine> = { mariadb, mysql };

/** All SQL that the server runs at every start, in one file. In a pod it is assembled there: see container.ts. */
export function startSql(plan: SitePlan, secrets: SiteSecrets): string {
  const others = plan.sites.map(({ name }) => name).filter((name) => name !== plan.site);
  return engines[plan.engine].initSql(plan, secrets) + siteSchemasSql(others);
}
