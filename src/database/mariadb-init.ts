import { escape } from 'mysql2';
import { replicationUser } from '../base/login-name.ts';
import { acceptedPasswords, type SiteSecrets } from '../base/site-dir.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { COPY_MARKERS, LOCAL_SCHEMA, ownSchemasSql, siteSchema, sqlLines } from './schema.ts';

/** The schemas of all sites, including those that left the network: their history stays readable. */
const ALL_SITES = '`site\\_%`.*';

/**
 * What the server runs at every start, one statement per line, without binary log: its own schemas, and the users with only
 * the privileges they need. Of other sites only the neighbours matter. Nobody logs in without a password; root only through
 * the socket, as the operating system user.
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
    ...ownSchemasSql(plan.site),
    `CREATE OR REPLACE USER ${agent} IDENTIFIED BY ${escape(secrets.agentPassword)}`,
    // Channels and their filters; RELOAD to drop a channel (RESET SLAVE … ALL); local maintenance without binary log.
    `GRANT REPLICATION SLAVE ADMIN, SLAVE MONITOR, BINLOG MONITOR, BINLOG ADMIN, RELOAD ON *.* TO ${agent}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${own}.* TO ${agent}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${LOCAL_SCHEMA}.* TO ${agent}`,
    `GRANT SELECT ON ${ALL_SITES} TO ${agent}`,
    // Repairs of lost or purged rows, and dropping ingested contents; nothing else writes to other sites' schemas.
    `CREATE OR REPLACE USER ${seed} IDENTIFIED BY ${escape(secrets.agentPassword)}`,
    `GRANT BINLOG ADMIN, BINLOG REPLAY, REPLICATION SLAVE ADMIN, SLAVE MONITOR ON *.* TO ${seed}`,
    `GRANT SELECT, INSERT, DELETE ON ${ALL_SITES} TO ${seed}`,
    `GRANT UPDATE ON ${own}.beat TO ${seed}`,
    ...acceptedPasswords(secrets).flatMap(([peer, { mysqlPassword }]) => {
      const user = `${replicationUser(peer, mysqlPassword)}@'127.0.0.1'`;
      return [
        `CREATE OR REPLACE USER ${user} IDENTIFIED BY ${escape(mysqlPassword)}`,
        `GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO ${user}`,
        `GRANT SELECT ON ${ALL_SITES} TO ${user}`,
      ];
    }),
    `USE ${own}`,
    `EXECUTE IMMEDIATE ${escape(plan.role === 'hub' ? beHub(own, plan.id) : BE_CHILD)}`,
  ];
  return sqlLines(lines);
}

/** Whether the server logs what it receives is decided at its start, so a changed role takes effect with the next one. */
const BE_CHILD = `IF @@GLOBAL.log_slave_updates = 0 THEN REPLACE INTO ${LOCAL_SCHEMA}.role VALUES (1, 'child'); END IF`;

/**
 * A child that became a hub has received rows that are not in its log. For each domain it logs a marker with the last
 * number it received ({@link COPY_MARKERS}). Otherwise everything it received would look forged, and a neighbour that lacks
 * earlier rows would skip them unnoticed. This happens before anybody can connect.
 */
const beHub = (own: string, ownId: number) =>
  `IF @@GLOBAL.log_slave_updates = 1 THEN
     IF (SELECT role FROM ${LOCAL_SCHEMA}.role WHERE id = 1) = 'child' THEN
       FOR received IN (
         SELECT domain_id, MAX(seq_no) AS number FROM mysql.gtid_slave_pos WHERE domain_id <> ${ownId} GROUP BY domain_id
           HAVING number > CAST(REGEXP_SUBSTR(REGEXP_SUBSTR(@@GLOBAL.gtid_binlog_pos, CONCAT('(^|,)', domain_id, '-[0-9]+-[0-9]+')), '[0-9]+$') AS UNSIGNED)
       ) DO
         SET SESSION gtid_domain_id = received.domain_id, server_id = received.domain_id, gtid_seq_no = received.number;
         SET SESSION sql_log_bin = 1;
         INSERT INTO ${own}.${COPY_MARKERS} (peer) VALUES ('');
         SET SESSION sql_log_bin = 0;
       END FOR;
     END IF;
     REPLACE INTO ${LOCAL_SCHEMA}.role VALUES (1, 'hub');
   END IF`.replace(/\s+/g, ' ');
