import { Gauge, Registry } from 'prom-client';
import type { SiteStatus } from './status.ts';

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
  return registry;
}
