import { type Connection, createConnection, createPool, type Pool, type PoolOptions } from 'mysql2/promise';
import type { SiteSecrets } from '../base/site-dir.ts';
import type { SitePlan } from '../topology/site-plan.ts';

/** How every connection reads values: big numbers exactly, names as bytes. */
const OPTIONS = {
  host: '127.0.0.1',
  charset: 'utf8mb4',
  supportBigNumbers: true,
  // ENUM and VARCHAR are text; VARBINARY and BINARY come as Buffers.
  dateStrings: true,
  enableKeepAlive: true,
} satisfies PoolOptions;

/** The agent's connections to its own database. Connects with the first query. */
export function openDatabase(plan: SitePlan, secrets: SiteSecrets, connections = 6): Pool {
  return createPool({
    ...OPTIONS,
    port: plan.ports.mysql,
    user: 'agent',
    password: secrets.agentPassword,
    connectionLimit: connections,
    maxIdle: 2,
    idleTimeout: 30_000,
  });
}

/** The same database as the only user that may add rows to other sites' schemas: for repairs only. */
export function openSeedDatabase(plan: SitePlan, secrets: SiteSecrets): Pool {
  const { agentPassword: password } = secrets;
  return createPool({ ...OPTIONS, port: plan.ports.mysql, user: 'seed', password, connectionLimit: 2 });
}

/** A read-only connection to a neighbour's database through the link. */
export function openPeerDatabase(port: number, user: string, password: string): Pool {
  return createPool({ ...OPTIONS, port, user, password, connectionLimit: 1, connectTimeout: 10_000 });
}

/** A single connection of the agent to its own database, outside of its pool. */
export function connectToOwn(plan: SitePlan, { agentPassword: password }: SiteSecrets): Promise<Connection> {
  return createConnection({ ...OPTIONS, port: plan.ports.mysql, user: 'agent', password });
}

/** A single connection to a neighbour's database through the link. */
export function connectToPeer(port: number, user: string, password: string): Promise<Connection> {
  return createConnection({ ...OPTIONS, port, user, password, connectTimeout: 10_000 });
}
