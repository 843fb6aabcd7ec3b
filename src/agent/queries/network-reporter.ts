import { judgeSync } from '../../api/in-sync.ts';
import type { NetworkReport, SiteReport } from '../../api/network-report.ts';
import { memo } from '../../base/memo.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { heardNow, NEVER, readBeats } from './beats.ts';
import { behindOf } from './behind.ts';
import { type BehindOfAll, keepBehind } from './behind-of-all.ts';
import { type Contacts, clockAhead } from './contacts.ts';
import { ownSummary } from './summary.ts';

/** Minimum time between two reports, however many are requested. */
export const FRESH_MS = 1000;

/**
 * The state of every site in the network, from this site's own database. What another site says about itself counts
 * only as far as nothing here contradicts it: a site that has not confirmed an existing version is behind.
 */
export function networkReporter(
  site: SiteView,
  links: Links,
  detector: Detector,
  contacts: Contacts,
): () => Promise<NetworkReport> {
  const clockOf = (origin: string) => clockAhead(contacts.of(origin));
  async function countBehind(): Promise<BehindOfAll> {
    const all: BehindOfAll = new Map();
    for (const { name } of site.plan.sites) all.set(name, await behindOf(site, name, clockOf));
    return all;
  }
  const behindOfAll = keepBehind(countBehind, () => site.plan.sites.length, site.monotonic);
  return memo(() => makeReport(site, links, detector, contacts, behindOfAll), FRESH_MS, site.monotonic);
}

async function makeReport(
  site: SiteView,
  links: Links,
  detector: Detector,
  contacts: Contacts,
  behindOfAll: () => Promise<BehindOfAll>,
): Promise<NetworkReport> {
  const { plan } = site;
  const counted = await behindOfAll();
  const beats = await readBeats(site, contacts);
  beats.set(plan.site, {
    ...(beats.get(plan.site) ?? NEVER),
    summary: await ownSummary(site, links, detector),
  });
  const now = site.now();
  const heard = heardNow(site, contacts, beats);
  const sites: SiteReport[] = [];
  for (const { name, role } of plan.sites) {
    const { at, version, disk, summary } = beats.get(name) ?? NEVER;
    const self = name === plan.site;
    const connected = self || heard.has(name);
    const behind = counted.get(name) ?? (await behindOf(site, name, (origin) => clockAhead(contacts.of(origin))));
    sites.push({
      name,
      role,
      via: heard.get(name) ?? null,
      connected,
      inSync: judgeSync({ connected, said: summary, filesBehind: behind.filesBehind }).inSync,
      ...behind,
      summary,
      version,
      disk,
      beatAt: at,
      heardAt: self ? now : (contacts.of(name)?.heardAt ?? 0),
      clockAheadSeconds: Math.round(clockAhead(contacts.of(name)) / 1000),
    });
  }
  return { reporter: plan.site, at: now, beatSeconds: plan.beatSeconds, sites };
}
