import { judgeSync } from '../../api/in-sync.ts';
import type { NetworkReport, SiteReport } from '../../api/network-report.ts';

/**
 * What sites know together, such as hubs that do not hear each other. A site is connected when one of them hears it, and is
 * then as that one says. It lacks the most that any of them knows it to lack, because each knows of versions that the others
 * may not. Pure.
 */
export function mergeReports(reports: [NetworkReport, ...NetworkReport[]]): NetworkReport {
  const [first, ...others] = reports;
  const sites = new Map<string, SiteReport>();
  for (const { sites: seen } of [first, ...others])
    for (const site of seen) {
      const known = sites.get(site.name);
      sites.set(site.name, known ? mergeSites(known, site) : site);
    }
  return { ...first, sites: [...sites.values()] };
}

function mergeSites(a: SiteReport, b: SiteReport): SiteReport {
  // The site itself knows best, then whoever hears it.
  const source = b.connected && (!a.connected || b.via === null) ? b : a;
  const connected = a.connected || b.connected;
  const folders = { ...a.folders };
  for (const [name, lack] of Object.entries(b.folders)) folders[name] = most(folders[name] ?? lack, lack);
  const { lagSeconds, filesBehind, bytesBehind } = most(a, b);
  return {
    ...source,
    connected,
    inSync: judgeSync({ connected, said: source, filesBehind }).inSync,
    lagSeconds,
    filesBehind,
    bytesBehind,
    more: a.more || b.more,
    folders,
  };
}

type Lack = Pick<SiteReport, 'lagSeconds' | 'filesBehind' | 'bytesBehind'>;

const most = (a: Lack, b: Lack): Lack => ({
  lagSeconds: Math.max(a.lagSeconds, b.lagSeconds),
  filesBehind: Math.max(a.filesBehind, b.filesBehind),
  bytesBehind: Math.max(a.bytesBehind, b.bytesBehind),
});
