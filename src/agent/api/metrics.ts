import { Counter, Gauge, Registry } from 'prom-client';
import type { AgentStatus } from '../queries/status.ts';
import type { FolderVerification } from '../queries/verification.ts';

/** The Prometheus metrics of a site: the numbers of its status. */
export function siteMetrics(status: AgentStatus): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ site: status.name });
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name, help, registers: [registry] }).set(value);
  gauge('sitesync_connected', '1 while this site receives the state of the network.', Number(status.connected));
  gauge('sitesync_in_sync', '1 while this site is in sync.', Number(status.inSync));
  gauge('sitesync_lag_seconds', 'Age of the oldest head that this site is missing.', status.lagSeconds);
  gauge('sitesync_behind_files', 'Number of heads that this site is missing.', status.filesBehind);
  gauge('sitesync_behind_bytes', 'Bytes of the heads that this site is missing.', status.bytesBehind);
  gauge(
    'sitesync_conflicts',
    'Unresolved conflicts: edits made here that lost and are kept as copies.',
    status.conflicts,
  );
  gauge('sitesync_held', 'Held changes, waiting for approval.', status.held);
  const unreadable = Object.values(status.folders).reduce((sum, folder) => sum + folder.unreadable.count, 0);
  gauge('sitesync_unreadable_paths', 'Paths that cannot be read.', unreadable);
  gauge('sitesync_damaged', 'Damaged files that have not been repaired yet.', status.damaged);
  new Counter({
    name: 'sitesync_rows_repaired_total',
    help: "Journal rows that differed from a neighbour's and were copied again.",
    registers: [registry],
  }).inc(status.rowsRepaired);
  verificationMetrics(registry, status.verification);
  return registry;
}

function verificationMetrics(registry: Registry, folders: FolderVerification[]): void {
  const options = { labelNames: ['folder'] as const, registers: [registry] };
  const verified = new Gauge({
    name: 'sitesync_verified_timestamp_seconds',
    help: 'Time at which a folder was last fully verified; absent before the first time.',
    ...options,
  });
  const found = new Counter({
    name: 'sitesync_damage_total',
    help: 'Files and archived versions found damaged, including repaired ones.',
    ...options,
  });
  for (const one of folders) {
    if (one.verifiedAt !== null) verified.set({ folder: one.folder }, Date.parse(one.verifiedAt) / 1000);
    found.inc({ folder: one.folder }, one.found);
  }
}
