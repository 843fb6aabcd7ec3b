import type { RowDataPacket } from 'mysql2/promise';
import { type NetworkReport, type SiteReport, Summary } from '../../api/network-report.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';
import { loadCustody } from '../transfer/peers.ts';
import { behindOf } from './behind.ts';
import { ownSummary } from './summary.ts';

/** A report is made at most this often, however many ask. */
const FRESH_MS = 1000;

/**
 * Says how every site of the network stands, as far as this site knows from its own database. What another says of itself is
 * believed only where it is not better than what is known here: a site that has not yet confirmed a version that exists is behind.
 */
export function networkReporter(site: Site, links: Links, detector: Detector): () => Promise<NetworkReport> {
  let known: { at: number; report: Promise<NetworkReport> } | undefined;
  return () => {
    const now = site.now();
    if (!known || now - known.at > FRESH_MS || now < known.at) {
      const report = makeReport(site, links, detector);
      known = { at: now, report };
      report.catch(() => {
        known = undefined;
      });
    }
    return known.report;
  };
}

interface Beat {
  at: number;
  version: string;
  disk: { free: number; size: number };
  summary: Summary;
}

async function makeReport(site: Site, links: Links, detector: Detector): Promise<NetworkReport> {
  const { plan } = site;
  const beats = new Map<string, Beat>();
  for (const { name } of plan.sites) beats.set(name, await readBeat(site, name));
  const own = beats.get(plan.site)!;
  own.summary = await ownSummary(site, links, detector);
  const heard = heardThrough(plan, beats);
  const sites: SiteReport[] = [];
  for (const { name, role } of plan.sites) {
    const { at, version, disk, summary } = beats.get(name)!;
    const connected = name === plan.site || heard.has(name);
    const behind = await behindOf(site, name, await loadCustody(site.db, name));
    sites.push({
      name,
      role,
      via: heard.get(name) ?? null,
      connected,
      inSync: connected && summary.inSync && behind.filesBehind === 0,
      ...behind,
      summary,
      version,
      disk,
      beatAt: at,
    });
  }
  return { reporter: plan.site, at: site.now(), beatSeconds: plan.beatSeconds, sites };
}

/**
 * Which hub hears which site: starting with this site's own neighbours, then those of every hub that is heard itself. Pure.
 */
export function heardThrough(plan: Pick<SitePlan, 'site' | 'sites'>, beats: Map<string, { summary: Summary }>) {
  const hubs = new Set(plan.sites.filter(({ role }) => role === 'hub').map(({ name }) => name));
  const heard = new Map<string, string>();
  const open = [plan.site];
  const done = new Set<string>(open);
  for (let hub = open.shift(); hub !== undefined; hub = open.shift()) {
    for (const peer of beats.get(hub)?.summary.peers ?? []) {
      if (peer !== plan.site && !heard.has(peer)) heard.set(peer, hub);
      if (!hubs.has(peer) || done.has(peer)) continue;
      done.add(peer);
      open.push(peer);
    }
  }
  return heard;
}

/** Another site's row is input from a stranger: what is no summary counts as none. */
async function readBeat(site: Site, name: string): Promise<Beat> {
  const [[row]] = await site.db.query<RowDataPacket[]>(`SELECT * FROM ${siteSchema(name)}.beat WHERE id = 1`);
  return {
    at: Number(row?.at ?? 0),
    version: String(row?.agent_version ?? ''),
    disk: { free: Number(row?.disk_free ?? 0), size: Number(row?.disk_size ?? 0) },
    summary: parseSummary(String(row?.summary ?? '{}')),
  };
}

function parseSummary(text: string): Summary {
  try {
    const result = Summary.safeParse(JSON.parse(text));
    if (result.success) return result.data;
  } catch {
    // as below
  }
  return Summary.parse({ errors: ['its heartbeat cannot be read'] });
}
