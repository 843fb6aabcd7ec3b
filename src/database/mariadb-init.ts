import { escape } from 'mysql2';
import { replicationUser } from '../base/login-name.ts';
import { acceptedPasswords, type SiteSecrets } from '../base/site-dir.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { LOCAL_SCHEMA, LOCAL_TABLES, SITE_TABLES, siteSchema } from './schema.ts';

/** The schemas of all sites, also of those that have left the network: their history stays readable. */
const ALL_SITES = '`site\\_%`.*';

/**
 * What the server runs at every start, one statement a line, without binary log: schemas, and the users with just
 * the rights they need. Nobody logs in without a password; root only as the operating system's user over the socket.
 */
export function mariadbInitSql(plan: SitePlan, secrets: SiteSecrets): string {
  const own = siteSchema(plan.site);
  const agent = "agent@'127.0.0.1'";
  const seed = "seed@'127.0.0.1'";
  const lines = [
    'SET SESSION sql_log_bin = 0',
    "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost')",
    `DELETE FROM mysql.global_priv WHERE User LIKE 'repl\\_%'`,
    'DELETE FROM mysql.db',
    `DELETE FROM mysql.tables_priv WHERE User IN ('agent', 'seed') OR User LIKE 'repl\\_%'`,
    'FLUSH PRIVILEGES',
    ...schemaSql(plan),
    `CREATE OR REPLACE USER ${agent} IDENTIFIED BY ${escape(secrets.agentPassword)}`,
    // Channels and their fences; RELOAD to forget a channel (RESET SLAVE … ALL); local maintenance without binary log.
    `GRANT REPLICATION SLAVE ADMIN, SLAVE MONITOR, BINLOG MONITOR, BINLOG ADMIN, RELOAD ON *.* TO ${agent}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${own}.* TO ${agent}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${LOCAL_SCHEMA}.* TO ${agent}`,
    `GRANT SELECT ON ${ALL_SITES} TO ${agent}`,
    ...plan.sites
      .filter(({ name }) => name !== plan.site)
      .map(({ name }) => `GRANT DELETE ON ${siteSchema(name)}.content TO ${agent}`),
    // Repairs of lost or purged rows; nothing else writes into other sites' schemas.
    `CREATE OR REPLACE USER ${seed} IDENTIFIED BY ${escape(secrets.agentPassword)}`,
    `GRANT BINLOG ADMIN, BINLOG REPLAY, REPLICATION SLAVE ADMIN, SLAVE MONITOR ON *.* TO ${seed}`,
    ...plan.sites.map(({ name }) => `GRANT SELECT, INSERT, DELETE ON ${siteSchema(name)}.* TO ${seed}`),
    `GRANT UPDATE ON ${own}.beat TO ${seed}`,
    ...acceptedPasswords(secrets).flatMap(([peer, { mysqlPassword }]) => {
      const user = `${replicationUser(peer, mysqlPassword)}@'127.0.0.1'`;
      return [
        `CREATE OR REPLACE USER ${user} IDENTIFIED BY ${escape(mysqlPassword)}`,
        `GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO ${user}`,
        `GRANT SELECT ON ${ALL_SITES} TO ${user}`,
      ];
    }),
  ];
  return `${lines.map((line) => line.replace(/\s+/g, ' ').trim()).join(';\n')};\n`;
}

/** The schemas and tables of every site of the network, and the derived ones. */
export function schemaSql(plan: SitePlan): string[] {
  const create = (schema: string, tables: string[]) => [
    `CREATE DATABASE IF NOT EXISTS ${schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `USE ${schema}`,
    ...tables,
  ];
  return [
    ...plan.sites.flatMap(({ name }) => create(siteSchema(name), SITE_TABLES)),
    ...create(LOCAL_SCHEMA, LOCAL_TABLES),
  ];
}
