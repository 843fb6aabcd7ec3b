import { heardThrough } from '../../agent/queries/heard-through.ts';
import { mergeReports } from '../../agent/queries/merge-reports.ts';
import type { NetworkReport, SiteReport } from '../../api/network-report.ts';

/**
 * A report without silent hubs, and the sites about which only a silent hub reported, with that hub. A silent hub is
 * one of them.
 */
export interface FilteredReport {
  report: NetworkReport;
  unseen: Map<string, string>;
}

/**
 * Removes from a hub's report what it has from silent hubs: when a hub's agent hangs, its database goes on, and others
 * relay its last state. A site that no other hub hears is not connected; no site becomes connected. Pure.
 */
export function withoutSilentHubs(report: NetworkReport, silent: ReadonlySet<string>): FilteredReport {
  const unseen = new Map<string, string>();
  if (silent.size === 0) return { report, unseen };
  const before = new Map(report.sites.map((site) => [site.name, site]));
  const heardOf = new Map([...before].filter(([, { connected }]) => connected));
  const heard = heardThrough({ site: report.reporter, sites: report.sites }, heardOf, (hub) => silent.has(hub));
  const sites = report.sites.map((site): SiteReport => {
    const { name, connected, via } = site;
    if (name === report.reporter) return site;
    if (!connected) {
      // The reporter itself no longer counts what the silent hub said: that is no news about its children.
      const last = [...silent].find((hub) => heardOf.get(hub)?.summary.peers.includes(name));
      if (last !== undefined) unseen.set(name, last);
      return site;
    }
    const source = heard.get(name);
    if (source !== undefined && !silent.has(name)) return source === via ? site : { ...site, via: source };
    unseen.set(name, silentOne(site, before, silent));
    return { ...site, via: null, connected: false, inSync: false };
  });
  return { report: { ...report, sites }, unseen };
}

/** {@link mergeReports} for filtered reports: a site that one of them shows as connected is not unseen. Pure. */
export function mergeFiltered(parts: [FilteredReport, ...FilteredReport[]]): FilteredReport {
  const [first, ...others] = parts;
  const report = mergeReports([first.report, ...others.map((other) => other.report)]);
  const connected = new Set(report.sites.filter((site) => site.connected).map(({ name }) => name));
  const unseen = parts.flatMap((part) => [...part.unseen]).filter(([name]) => !connected.has(name));
  return { report, unseen: new Map(unseen) };
}

/** The nearest silent hub on the way over which a site was heard. */
function silentOne(site: SiteReport, sites: Map<string, SiteReport>, silent: ReadonlySet<string>): string {
  let hub: string | null | undefined = site.name;
  for (let steps = 0; hub && steps < sites.size; steps++) {
    if (silent.has(hub)) return hub;
    hub = sites.get(hub)?.via;
  }
  return [...silent].join(', ');
}
