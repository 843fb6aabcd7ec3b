import type { SiteDir } from '../base/site-dir.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { serverUuid } from './mysql-gtid.ts';

/** The server's configuration file. The last section is what `auto.cnf` in the data directory must say. */
export function mysqlConfig(plan: SitePlan, dir: SiteDir): string {
  const settings: [string, string | number][] = [
    ['datadir', dir.mysql.data],
    // Relative to the data directory, which may be deep: socket paths are limited to 107 bytes.
    ['socket', 'mysql.sock'],
    ['pid_file', 'mysql.pid'],
    ['port', plan.ports.mysql],
    ['bind_address', '127.0.0.1'],
    ['mysqlx', 'OFF'],
    ['init_file', dir.mysql.init],
    ['tmpdir', dir.mysql.data],
    ['server_id', plan.id],
    ['gtid_mode', 'ON'],
    ['enforce_gtid_consistency', 'ON'],
    ['log_bin', 'binlog'],
    // A child does not log what it receives, or its hub would get every row back.
    ['log_replica_updates', plan.role === 'hub' ? 'ON' : 'OFF'],
    ['relay_log', 'relay'],
    ['relay_log_recovery', 'ON'],
    ['binlog_row_image', 'MINIMAL'],
    // The derived tables are not replicated.
    ['binlog_ignore_db', 'local'],
    ['binlog_expire_logs_seconds', 604800],
    ['max_binlog_size', '64M'],
    // The default of ten million takes 12 MB.
    ['binlog_transaction_dependency_history_size', 25000],
    ['sync_binlog', 1],
    ['innodb_flush_log_at_trx_commit', 1],
    // A channel may run only with its filter, which the agent sets first.
    ['skip_replica_start', 'ON'],
    // With several workers the coordinator busy-waits for them, and each takes 8 MB or more.
    ['replica_parallel_workers', 1],
    ['replica_net_timeout', 60],
    ['net_write_timeout', 3600],
    ['replica_max_allowed_packet', '64M'],
    ['max_allowed_packet', '64M'],
    ['plugin_load_add', 'auth_socket.so'],
    ['secure_file_priv', 'NULL'],
    ['local_infile', 'OFF'],
    ['skip_name_resolve', 'ON'],
    ['tls_version', ''],
    ['auto_generate_certs', 'OFF'],
    ['character_set_server', 'utf8mb4'],
    ['collation_server', 'utf8mb4_bin'],
    ['performance_schema', 'OFF'],
    ['innodb_buffer_pool_size', '24M'],
    ['innodb_redo_log_capacity', '32M'],
    ['innodb_log_buffer_size', '2M'],
    ['innodb_flush_method', 'fsync'],
    ['innodb_doublewrite_pages', 32],
    // Each neighbour has one for its rows and one to watch the agent; a third while it compares.
    ['max_connections', Math.max(60, 30 + 3 * plan.links.length)],
    ['thread_cache_size', 4],
    ['table_open_cache', 400],
    ['table_definition_cache', 400],
    ['key_buffer_size', '64K'],
    ['temptable_max_ram', '4M'],
    ['tmp_table_size', '4M'],
    ['max_heap_table_size', '4M'],
    ['log_error_verbosity', 2],
  ];
  const lines = settings.map(([name, value]) => `${name}=${value}`);
  return `[mysqld]\n${lines.join('\n')}\n[auto]\nserver-uuid=${serverUuid(plan.site)}\n`;
}
