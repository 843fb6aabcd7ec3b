import type { EngineName } from '../topology/site-plan.ts';
import type { Engine } from './engine.ts';
import { mariadb } from './mariadb.ts';
import { mysql } from './mysql.ts';

/** A network runs one of these: `SitePlan.engine`. */
export const engines: Record<EngineName, Engine> = { mariadb, mysql };
