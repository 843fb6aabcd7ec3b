import { Gauge, type Registry } from 'prom-client';
import type { NetworkReport } from '../../api/network-report.ts';

/** The state of the sites, for alerts. A site that is gone has no samples; one that cannot be seen has no lag. */
export interface SiteMetrics {
  /** Replaces all samples of this network. `report` is undefined while no hub responds. */
  show(
    network: string,
    sites: string[],
    report: NetworkReport | undefined,
    targets: Record<string, number>,
    external?: ExternalSite[],
  ): void;
  forget(network: string): void;
}

/** A site that may be away. */
export interface ExternalSite {
  name: string;
  /** How long it may be away before it counts as missing. */
  maxAwaySeconds?: number;
}

export function createSiteMetrics(registry: Registry): SiteMetrics {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Gauge<string>({ name, help, labelNames: ['network', ...labels], registers: [registry] });
  const all = {
    lag: gauge('sitesync_site_lag_seconds', 'Age of the oldest version that a site is missing', 'site'),
    files: gauge('sitesync_site_behind_files', 'Number of versions that a site is missing', 'site'),
    bytes: gauge('sitesync_site_behind_bytes', 'Bytes of the versions that a site is missing', 'site'),
    connected: gauge('sitesync_site_connected', '1 while the site is connected to a hub', 'site'),
    replicating: gauge('sitesync_site_replicating', '1 while the site receives rows from every neighbour', 'site'),
    inSync: gauge('sitesync_site_in_sync', '1 while the site is in sync', 'site'),
    held: gauge('sitesync_site_held', 'Held changes at a site, waiting for approval', 'site'),
    damaged: gauge('sitesync_site_damaged', 'Damaged files at a site that have not been repaired yet', 'site'),
    free: gauge('sitesync_site_disk_free_bytes', 'Free space on the disk with the files of a site', 'site'),
    size: gauge('sitesync_site_disk_size_bytes', 'Size of the disk with the files of a site', 'site'),
    folderLag: gauge('sitesync_folder_lag_seconds', 'Lag of a site in one folder', 'folder', 'site'),
    external: gauge('sitesync_site_external', '1 for an external site, which may be away', 'site'),
    contact: gauge(
      'sitesync_site_last_contact_timestamp_seconds',
      'Time of the last heartbeat of an external site',
      'site',
    ),
    maxAway: gauge('sitesync_site_max_away_seconds', 'How long an external site may be away', 'site'),
    target: gauge('sitesync_folder_freshness_target_seconds', 'Replication objective of a folder', 'folder'),
  };
  const shown = new Map<string, (() => void)[]>();

  function forget(network: string): void {
    for (const removal of shown.get(network) ?? []) removal();
    shown.delete(network);
  }

  return {
    forget,
    show(network, sites, report, targets, external = []) {
      forget(network);
      const removals: (() => void)[] = [];
      const set = (metric: Gauge, labels: Record<string, string>, value: number) => {
        const full = { network, ...labels };
        metric.set(full, value);
        removals.push(() => metric.remove(full));
      };
      shown.set(network, removals);
      for (const [folder, seconds] of Object.entries(targets)) set(all.target, { folder }, seconds);
      for (const { name: site, maxAwaySeconds } of external) {
        set(all.external, { site }, 1);
        if (maxAwaySeconds !== undefined) set(all.maxAway, { site }, maxAwaySeconds);
        const seen = report?.sites.find(({ name }) => name === site);
        const heardAt = seen?.connected ? report!.at : (seen?.heardAt ?? 0);
        if (heardAt > 0) set(all.contact, { site }, heardAt / 1000);
      }
      for (const site of sites) {
        const seen = report?.sites.find(({ name }) => name === site);
        set(all.connected, { site }, Number(seen?.connected ?? false));
        if (!seen?.connected) continue;
        set(all.lag, { site }, seen.lagSeconds);
        set(all.files, { site }, seen.filesBehind);
        set(all.bytes, { site }, seen.bytesBehind);
        set(all.replicating, { site }, Number(seen.summary.replicating));
        set(all.inSync, { site }, Number(seen.inSync));
        set(all.held, { site }, seen.summary.held);
        set(all.damaged, { site }, seen.summary.damaged);
        set(all.free, { site }, seen.disk.free);
        set(all.size, { site }, seen.disk.size);
        for (const [folder, { lagSeconds }] of Object.entries(seen.folders))
          set(all.folderLag, { folder, site }, lagSeconds);
      }
    },
  };
}
