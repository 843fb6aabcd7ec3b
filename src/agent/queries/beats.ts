import type { RowDataPacket } from 'mysql2/promise';
import { Summary } from '../../api/network-report.ts';
import { displayText } from '../../base/bytes.ts';
import { safeCount } from '../../base/numbers.ts';
import { siteSchema } from '../../database/schema.ts';
import { problem } from '../../problems/problem.ts';
import { harmless } from '../../problems/reported.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { type Contacts, isLate, isSilent, ofAllSites } from './contacts.ts';
import { heardThrough } from './heard-through.ts';

/** What a site last said about itself in its heartbeat. */
export interface Beat {
  at: number;
  version: string;
  disk: { free: number; size: number };
  summary: Summary;
}

/**
 * Sites that are not heard now, and when they last were, in Unix ms; 0 = never. Cheaper than a report, because it reads
 * heartbeats only.
 */
export async function unheard(site: SiteView, links: Links, contacts: Contacts): Promise<Map<string, number>> {
  const { plan } = site;
  const beats = await readBeats(site, contacts);
  beats.set(plan.site, { ...NEVER, summary: { ...NEVER.summary, peers: links.heard() } });
  const heard = heardNow(site, contacts, beats);
  const away = plan.sites.filter(({ name }) => name !== plan.site && !heard.has(name));
  return new Map(away.map(({ name }) => [name, contacts.of(name)?.heardAt ?? 0]));
}

/** Sites that are heard now, each with the neighbour through which it is. */
export function heardNow(
  { plan, monotonic }: SiteView,
  contacts: Contacts,
  beats: Map<string, Beat>,
): Map<string, string> {
  const at = monotonic();
  const audible = [...beats].filter(
    ([name]) => name === plan.site || !isSilent(contacts.of(name), at, plan.beatSeconds),
  );
  // A child hears hubs over its own line, which may be slow.
  const isMute = (hub: string) => plan.role === 'hub' && isLate(contacts.of(hub), at, plan.beatSeconds);
  return heardThrough(plan, new Map(audible), isMute);
}

/** The heartbeat of a site that was never heard. */
export const NEVER: Beat = { at: 0, version: '', disk: { free: 0, size: 0 }, summary: Summary.parse({}) };

/** Other sites' rows are untrusted: an invalid summary counts as none. */
export async function readBeats({ store: { db }, plan }: SiteView, contacts: Contacts): Promise<Map<string, Beat>> {
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

/** What a site says about itself; undefined if it was never heard. */
export async function summaryOf({ store: { db } }: SiteView, name: string): Promise<Summary | undefined> {
  const [[row]] = await db.query<RowDataPacket[]>(`SELECT summary FROM ${siteSchema(name)}.beat WHERE id = 1`);
  return row && parseSummary(String(row.summary));
}

/** Never throws: one site's invalid values must not spoil the report about all. */
export function readBeat(row: RowDataPacket): Beat {
  return {
    at: safeCount(row.at),
    version: displayText(String(row.agent_version)).slice(0, 32),
    disk: { free: safeCount(row.disk_free), size: safeCount(row.disk_size) },
    summary: parseSummary(String(row.summary)),
  };
}

function parseSummary(text: string): Summary {
  try {
    const result = Summary.safeParse(JSON.parse(text));
    if (result.success) return shown(result.data);
  } catch {
    // Not JSON.
  }
  return Summary.parse({ problems: [problem('heartbeatUnreadable')] });
}

/** The summary with text that is safe to print on a terminal. */
function shown(said: Summary): Summary {
  const texts = (all: string[]) => all.map((text) => displayText(text).slice(0, 300));
  return {
    ...said,
    problems: said.problems.map(harmless),
    notInSync: said.notInSync.map(harmless),
    errors: texts(said.errors),
    ...(said.reasons && { reasons: texts(said.reasons) }),
  };
}
