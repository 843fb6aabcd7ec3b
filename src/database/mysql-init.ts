import { escape } from 'mysql2';
import { replicationUser } from '../base/login-name.ts';
import { acceptedPasswords, type SiteSecrets } from '../base/site-dir.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { LOCAL_SCHEMA, ownSchemasSql, siteSchema, sqlLines } from './schema.ts';

/** The schemas of all sites, including those that left the network: their history stays readable. */
const ALL_SITES = '`site\\_%`.*';
const WRITE = 'SELECT, INSERT, UPDATE, DELETE';

/**
 * The user that applies what a channel receives: it may write what the neighbour may send, and nothing else. Nobody can log
 * in as it.
 * @param childId number of the child that the channel comes from; undefined for one from a hub
 */
export const applierOf = (childId: number | undefined) => `apply_${childId ?? 'hubs'}`;

/**
 * What the server runs at every start, one statement per line, without binary log: schemas, and the users with only the
 * privileges they need. Existing users only ever gain privileges, so that nobody is without them while this runs.
 */
export function mysqlInitSql(plan: SitePlan, secrets: SiteSecrets): string {
  const logins = acceptedPasswords(secrets).map(([peer, { mysqlPassword: password }]) => ({
    name: replicationUser(peer, password),
    password,
  }));
  const appliers = [
    // Privileges on a named schema override those on all: a site accepts nothing for its own schema.
    { name: applierOf(undefined), rights: [`${WRITE} ON ${ALL_SITES}`, `SELECT ON ${tablesOf(plan.site)}`] },
    ...plan.sites
      .filter(({ name }) => plan.links.some(({ kind, peer }) => kind === 'downlink' && peer === name))
      .map(({ name, id }) => ({ name: applierOf(id), rights: [`${WRITE} ON ${tablesOf(name)}`] })),
  ];
  const lines = [
    'SET SESSION sql_log_bin = 0',
    ...dropOthers([...logins, ...appliers].map(({ name }) => name)),
    ...ownSchemasSql(plan.site),
    ...user('agent', secrets.agentPassword),
    // Channels and their filters; RELOAD to drop a channel (RESET REPLICA … ALL); local maintenance without binary log.
    ...grant('REPLICATION_SLAVE_ADMIN, SESSION_VARIABLES_ADMIN', '*.*', 'agent'),
    ...grant('REPLICATION CLIENT, RELOAD', '*.*', 'agent'),
    ...grant('SELECT', 'performance_schema.replication_applier_status_by_worker', 'agent'),
    ...grant('SELECT', 'performance_schema.replication_connection_status', 'agent'),
    ...grant('SELECT', 'performance_schema.replication_connection_configuration', 'agent'),
    ...grant(WRITE, tablesOf(plan.site), 'agent'),
    ...grant(WRITE, `${LOCAL_SCHEMA}.*`, 'agent'),
    ...grant('SELECT', ALL_SITES, 'agent'),
    // Repairs of lost or purged rows, and dropping ingested contents; nothing else writes to other sites' schemas.
    ...user('seed', secrets.agentPassword),
    ...grant('SYSTEM_VARIABLES_ADMIN, REPLICATION_SLAVE_ADMIN', '*.*', 'seed'),
    ...grant('REPLICATION CLIENT', '*.*', 'seed'),
    ...grant('SELECT, INSERT, DELETE', ALL_SITES, 'seed'),
    ...logins.flatMap(({ name, password }) => [
      ...user(name, password),
      ...grant('REPLICATION SLAVE, REPLICATION CLIENT', '*.*', name),
      ...grant('SELECT', ALL_SITES, name),
    ]),
    ...appliers.flatMap(({ name, rights }) => [
      `CREATE USER IF NOT EXISTS ${name}@localhost ACCOUNT LOCK`,
      `GRANT REPLICATION_APPLIER ON *.* TO ${name}@localhost`,
      ...rights.map((right) => `GRANT ${right} TO ${name}@localhost`),
    ]),
  ];
  return sqlLines(lines);
}

/** All tables of a site, for GRANT: an unescaped '_' would match any character, and rank below `site\_%`. */
const tablesOf = (site: string) => `\`${siteSchema(site).replaceAll('_', '\\_')}\`.*`;

const user = (name: string, password: string) =>
  ['CREATE USER IF NOT EXISTS', 'ALTER USER'].map(
    (verb) => `${verb} ${name}@'127.0.0.1' IDENTIFIED BY ${escape(password)}`,
  );

const grant = (rights: string, on: string, name: string) => [`GRANT ${rights} ON ${on} TO ${name}@'127.0.0.1'`];

/** Drops neighbours that left or have new passwords, and appliers whose role changed, with their privileges. */
function dropOthers(names: string[]): string[] {
  const gone = `(User LIKE 'repl\\_%' OR User LIKE 'apply\\_%') AND User NOT IN (${["''", ...names.map((name) => escape(name))].join(', ')})`;
  const tables = ['user', 'db', 'tables_priv', 'global_grants'];
  return [...tables.map((table) => `DELETE FROM mysql.${table} WHERE ${gone}`), 'FLUSH PRIVILEGES'];
}
