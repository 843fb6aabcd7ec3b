import type { RowDataPacket } from 'mysql2/promise';
import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { SiteView } from '../site/site.ts';

/** What is known about one site's heartbeats. Unix ms unless stated otherwise. */
export interface Contact {
  /** Of its latest heartbeat, by its own clock. */
  beatAt: number;
  /** When that heartbeat arrived, by the local clock; 0 = never. */
  heardAt: number;
  /** The same in monotonic milliseconds, to measure how long it has been silent. */
  seenAt: number;
  /** How far its last heartbeats were ahead of the local clock on arrival: too low by their delay. */
  ahead: number[];
}

/** The heartbeats of all sites as they arrive at this one. */
export interface Contacts {
  of(site: string): Contact | undefined;
  note(site: string, beatAt: number): void;
}

const POLL_MS = 5000;
/** Reading one site's heartbeat costs a fraction of a millisecond: a large network is polled less often. */
const POLL_MS_PER_SITE = 10;
/** Heartbeats used to estimate a clock. */
const SAMPLES = 10;
/** Heartbeats take seconds to arrive: clocks that differ by less count as equal. */
const CLOCK_TOLERANCE_MS = 30_000;
const SILENT_BEATS = 3;
/** Between hubs a heartbeat is not later than this, unless the agent hangs. */
const LATE_MS = 15_000;
/** A heartbeat may be late by this much: a slow link, a busy disk. */
const MARGIN_MS = 10_000;

/** One moment by both local clocks: Unix ms, and monotonic ms. */
export interface Moment {
  now: number;
  monotonic: number;
}

/**
 * The state after a poll. The first poll after a start cannot know when a heartbeat arrived: not later than now, and not
 * before it was sent. Pure.
 */
export function noteBeat(before: Contact | undefined, beatAt: number, { now, monotonic }: Moment): Contact {
  if (!before) {
    const heardAt = Math.min(beatAt, now);
    return { beatAt, heardAt, seenAt: monotonic - (now - heardAt), ahead: [] };
  }
  if (before.beatAt === beatAt) return before;
  return { beatAt, heardAt: now, seenAt: monotonic, ahead: [...before.ahead, beatAt - now].slice(-SAMPLES) };
}

/** How far a site's clock is ahead of the local one, in ms; 0 while the difference is too small to tell. Pure. */
export function clockAhead(contact: Contact | undefined): number {
  if (!contact || contact.ahead.length === 0) return 0;
  const ahead = Math.max(...contact.ahead);
  return Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

/**
 * Whether a site has missed several heartbeats: what it last said no longer counts, even if rows could still arrive from
 * it. Pure.
 * @param monotonic milliseconds
 */
export function isSilent(contact: Contact | undefined, monotonic: number, beatSeconds: number): boolean {
  return ageOf(contact, monotonic) > SILENT_BEATS * beatSeconds * 1000 + MARGIN_MS;
}

/**
 * Whether a hub has missed one heartbeat: its agent may hang, and then what it last said about its neighbours is outdated.
 * Pure.
 */
export function isLate(contact: Contact | undefined, monotonic: number, beatSeconds: number): boolean {
  return ageOf(contact, monotonic) > beatSeconds * 1000 + LATE_MS;
}

const ageOf = (contact: Contact | undefined, monotonic: number) =>
  monotonic - (contact?.seenAt ?? Number.NEGATIVE_INFINITY);

/** Follows all heartbeats until the site's signal is aborted. Queries the own database only. */
export function followBeats(site: SiteView): Contacts & { closed: Promise<void> } {
  const known = new Map<string, Contact>();
  const contacts: Contacts = {
    of: (name) => known.get(name),
    note: (name, beatAt) =>
      known.set(name, noteBeat(known.get(name), beatAt, { now: site.now(), monotonic: site.monotonic() })),
  };
  async function round(): Promise<void> {
    const [rows] = await site.store.db.query<RowDataPacket[]>(ofAllSites(site.plan, ['at']));
    for (const row of rows) contacts.note(String(row.site), Number(row.at));
  }
  const closed = repeat(round, {
    signal: site.signal,
    pause: () => delay(Math.max(POLL_MS, POLL_MS_PER_SITE * site.plan.sites.length), site.signal),
    failed: (err) => site.log.warn({ err }, 'the heartbeats could not be looked at; trying again'),
  });
  return { ...contacts, closed };
}

/** One query for the heartbeats of all sites: the name in `site`, and the columns. */
export function ofAllSites(plan: SitePlan, columns: string[]): string {
  return plan.sites
    .map(({ name }) => `SELECT '${name}' AS site, ${columns.join(', ')} FROM ${siteSchema(name)}.beat WHERE id = 1`)
    .join(' UNION ALL ');
}
