import { Counter, Gauge, Registry } from 'prom-client';
import type { SiteStatus } from '../queries/status.ts';
import type { FolderVerification } from '../queries/verification.ts';

/** What a site says of itself to Prometheus: the numbers of its status. */
export function siteMetrics(status: SiteStatus): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ site: status.name });
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name, help, registers: [registry] }).set(value);
  gauge('sitesync_connected', '1 when the state of the network arrives at this site.', Number(status.connected));
  gauge('sitesync_in_sync', '1 when this site holds every head that it should hold.', Number(status.inSync));
  gauge('sitesync_lag_seconds', 'Age of the oldest head that this site should hold and does not.', status.lagSeconds);
  gauge('sitesync_behind_files', 'Heads that this site should hold and does not.', status.filesBehind);
  gauge('sitesync_behind_bytes', 'Bytes of the heads that this site should hold and does not.', status.bytesBehind);
  gauge(
    'sitesync_conflicts',
    'Edits made here that lost against another, are kept beside, and nobody has settled.',
    status.conflicts,
  );
  gauge('sitesync_held', 'Changes that wait for a person.', status.held);
  const unreadable = Object.values(status.folders).reduce((sum, folder) => sum + folder.unreadable.count, 0);
  gauge('sitesync_unreadable_paths', 'Paths that cannot be read here: what they are is not known.', unreadable);
  gauge('sitesync_damaged', 'Files whose content is damaged and not healed yet.', status.damaged);
  new Counter({
    name: 'sitesync_rows_repaired_total',
    help: "Rows of the journal that differed from a neighbour's and were copied again.",
    registers: [registry],
  }).inc(status.rowsRepaired);
  verificationMetrics(registry, status.verification);
  return registry;
}

function verificationMetrics(registry: Registry, folders: FolderVerification[]): void {
  const options = { labelNames: ['folder'] as const, registers: [registry] };
  const verified = new Gauge({
    name: 'sitesync_verified_timestamp_seconds',
    help: 'When everything in a folder had last been read again and compared with its hashes; absent before the first time.',
    ...options,
  });
  const found = new Counter({
    name: 'sitesync_damage_total',
    help: 'Files and archived versions that were found damaged, healed or not.',
    ...options,
  });
  for (const one of folders) {
    if (one.verifiedAt !== null) verified.set({ folder: one.folder }, Date.parse(one.verifiedAt) / 1000);
    found.inc({ folder: one.folder }, one.found);
  }
}
