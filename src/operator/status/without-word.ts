import { heardThrough } from '../../agent/queries/heard-through.ts';
import type { NetworkReport, SiteReport } from '../../api/network-report.ts';

/** A report, and the sites of which it tells only what a silent hub said last: by name, with that hub. A silent hub is one of them itself. */
export interface Audible {
  report: NetworkReport;
  unseen: Map<string, string>;
}

/**
 * What a hub tells, without the word of hubs whose agents are silent: a hub's database lives on when its agent hangs, and others pass
 * on what that said last. Whom nobody else hears is not connected. Nobody is who was not before. Pure.
 */
export function withoutWord(report: NetworkReport, silent: ReadonlySet<string>): Audible {
  const unseen = new Map<string, string>();
  if (silent.size === 0) return { report, unseen };
  const before = new Map(report.sites.map((site) => [site.name, site]));
  const heardOf = new Map([...before].filter(([, { connected }]) => connected));
  const heard = heardThrough({ site: report.reporter, sites: report.sites }, heardOf, (hub) => silent.has(hub));
  const sites = report.sites.map((site): SiteReport => {
    const { name, connected, via } = site;
    if (name === report.reporter) return site;
    if (!connected) {
      // The reporter believes the silent hub no more itself: that is no news of its children.
      const last = [...silent].find((hub) => heardOf.get(hub)?.summary.peers.includes(name));
      if (last !== undefined) unseen.set(name, last);
      return site;
    }
    const witness = heard.get(name);
    if (witness !== undefined && !silent.has(name)) return witness === via ? site : { ...site, via: witness };
    unseen.set(name, silentOne(site, before, silent));
    return { ...site, via: null, connected: false, inSync: false };
  });
  return { report: { ...report, sites }, unseen };
}

/** The nearest silent hub on the way on which a site was heard. */
function silentOne(site: SiteReport, sites: Map<string, SiteReport>, silent: ReadonlySet<string>): string {
  let hub: string | null | undefined = site.name;
  for (let steps = 0; hub && steps < sites.size; steps++) {
    if (silent.has(hub)) return hub;
    hub = sites.get(hub)?.via;
  }
  return [...silent].join(', ');
}
