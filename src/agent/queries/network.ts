import type { RowDataPacket } from 'mysql2/promise';
import { judgeSync } from '../../api/in-sync.ts';
import { type NetworkReport, type SiteReport, Summary } from '../../api/network-report.ts';
import { displayText } from '../../base/bytes.ts';
import { memo } from '../../base/memo.ts';
import { countOf } from '../../base/numbers.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { Site } from '../site/site.ts';
import { behindOf } from './behind.ts';
import { type BehindOfAll, keepBehind } from './behind-of-all.ts';
import { type Contacts, clockAhead, isLate, isSilent, ofAllSites } from './contacts.ts';
import { heardThrough } from './heard-through.ts';
import { ownSummary } from './summary.ts';

/** A report is made at most this often, however many ask. */
export const FRESH_MS = 1000;

/**
 * Says how every site of the network stands, as far as this site knows from its own database. What another says of itself is
 * believed only where it is not better than what is known here: a site that has not yet confirmed a version that exists is behind.
 */
export function networkReporter(
  site: Site,
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

export interface Beat {
  at: number;
  version: string;
  disk: { free: number; size: number };
  summary: Summary;
}

async function makeReport(
  site: Site,
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

/**
 * Sites that cannot be heard at this moment, with the time when they were last, in Unix ms; 0 = never. Less work than a report:
 * it looks at heartbeats only.
 */
export async function unheard(site: Site, links: Links, contacts: Contacts): Promise<Map<string, number>> {
  const { plan } = site;
  const beats = await readBeats(site, contacts);
  beats.set(plan.site, { ...NEVER, summary: { ...NEVER.summary, peers: links.heard() } });
  const heard = heardNow(site, contacts, beats);
  const away = plan.sites.filter(({ name }) => name !== plan.site && !heard.has(name));
  return new Map(away.map(({ name }) => [name, contacts.of(name)?.heardAt ?? 0]));
}

function heardNow({ plan, monotonic }: Site, contacts: Contacts, beats: Map<string, Beat>): Map<string, string> {
  const at = monotonic();
  const audible = [...beats].filter(
    ([name]) => name === plan.site || !isSilent(contacts.of(name), at, plan.beatSeconds),
  );
  // A child hears of hubs over its own line, which may be slow.
  const isMute = (hub: string) => plan.role === 'hub' && isLate(contacts.of(hub), at, plan.beatSeconds);
  return heardThrough(plan, new Map(audible), isMute);
}

const NEVER: Beat = { at: 0, version: '', disk: { free: 0, size: 0 }, summary: Summary.parse({}) };

/** Another site's row is input from a stranger: what is no summary counts as none. */
async function readBeats({ db, plan }: Site, contacts: Contacts): Promise<Map<string, Beat>> {
  const columns = ['at', 'agent_version', 'disk_free', 'disk_size', 'summary'];
  const [rows] = await db.query<RowDataPacket[]>(ofAllSites(plan, columns));
  const beats = new Map<string, Beat>();
  for (const row of rows) {
    const name = String(row.site);
    const beat = readBeat(row);
    contacts.note(name, beat.at);
    beats.set(name, beat);
  }
  return beats;
}

/** Never throws: of what a site says, what no report may have must not spoil what is reported of all. */
export function readBeat(row: RowDataPacket): Beat {
  return {
    at: countOf(row.at),
    version: displayText(String(row.agent_version)).slice(0, 32),
    disk: { free: countOf(row.disk_free), size: countOf(row.disk_size) },
    summary: parseSummary(String(row.summary)),
  };
}

function parseSummary(text: string): Summary {
  try {
    const result = Summary.safeParse(JSON.parse(text));
    if (result.success)
      return { ...result.data, errors: result.data.errors.map((error) => displayText(error).slice(0, 300)) };
  } catch {
    // as below
  }
  return Summary.parse({ errors: ['its heartbeat cannot be read'] });
}
