import type { RowDataPacket } from 'mysql2/promise';
import { delay } from '../../base/delay.ts';
import { repeat } from '../../base/repeat.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Here, Store } from '../site/site.ts';

/** What was seen here of one site's heartbeat. Times are Unix ms where nothing else is said. */
export interface Contact {
  /** Of its newest beat, by its own clock. */
  beatAt: number;
  /** When that beat came in, by the clock here; 0 = never heard of. */
  heardAt: number;
  /** The same in ms of a clock that nobody sets: what tells for how long it has been silent. */
  seenAt: number;
  /** By how much its last beats were ahead of the clock here when they came in: too little by the time on the way. */
  ahead: number[];
}

/** The heartbeats of all sites as they come in at this one. */
export interface Contacts {
  of(site: string): Contact | undefined;
  note(site: string, beatAt: number): void;
}

const POLL_MS = 5000;
/** Asking for one site's beat costs a fraction of a millisecond: a large network is looked at less often. */
const POLL_MS_PER_SITE = 10;
/** Beats that the estimate of a clock rests on. */
const SAMPLES = 10;
/** The way of a beat takes seconds: clocks that differ by less count as equal. */
const CLOCK_TOLERANCE_MS = 30_000;
const SILENT_BEATS = 3;
/** Between hubs a beat is not late by more than this, unless its agent hangs. */
const LATE_MS = 15_000;
/** A beat may be late by this much: a slow line, a busy disk. */
const MARGIN_MS = 10_000;

/** One moment by both clocks here: Unix ms, and ms of the one that nobody sets. */
export interface Moment {
  now: number;
  monotonic: number;
}

/**
 * What is known after a look. The first look after a start cannot say when a beat came in: not later than now, and not before it was
 * made. Pure.
 */
export function noteBeat(before: Contact | undefined, beatAt: number, { now, monotonic }: Moment): Contact {
  if (!before) {
    const heardAt = Math.min(beatAt, now);
    return { beatAt, heardAt, seenAt: monotonic - (now - heardAt), ahead: [] };
  }
  if (before.beatAt === beatAt) return before;
  return { beatAt, heardAt: now, seenAt: monotonic, ahead: [...before.ahead, beatAt - now].slice(-SAMPLES) };
}

/** How far a site's clock is ahead of the one here, in ms; 0 while they differ too little to say. Pure. */
export function clockAhead(contact: Contact | undefined): number {
  if (!contact || contact.ahead.length === 0) return 0;
  const ahead = Math.max(...contact.ahead);
  return Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

/**
 * A site that missed several beats: what it last said no longer counts, even if rows could still arrive from it. Pure.
 * @param monotonic ms of a clock that nobody sets
 */
export function isSilent(contact: Contact | undefined, monotonic: number, beatSeconds: number): boolean {
  return ageOf(contact, monotonic) > SILENT_BEATS * beatSeconds * 1000 + MARGIN_MS;
}

/** A hub that missed one beat: its agent may hang, and then what it last said of its neighbours is old. Pure. */
export function isLate(contact: Contact | undefined, monotonic: number, beatSeconds: number): boolean {
  return ageOf(contact, monotonic) > beatSeconds * 1000 + LATE_MS;
}

const ageOf = (contact: Contact | undefined, monotonic: number) =>
  monotonic - (contact?.seenAt ?? Number.NEGATIVE_INFINITY);

/** Keeps an eye on all heartbeats until the site's signal aborts. Looks at the own database only. */
export function followBeats(site: Here & Store): Contacts & { closed: Promise<void> } {
  const known = new Map<string, Contact>();
  const contacts: Contacts = {
    of: (name) => known.get(name),
    note: (name, beatAt) =>
      known.set(name, noteBeat(known.get(name), beatAt, { now: site.now(), monotonic: site.monotonic() })),
  };
  async function round(): Promise<void> {
    const [rows] = await site.db.query<RowDataPacket[]>(ofAllSites(site.plan, ['at']));
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
