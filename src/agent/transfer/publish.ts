import type { RowDataPacket } from 'mysql2/promise';
import { repeat } from '../../base/repeat.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SiteView } from '../site/site.ts';
import { readHead } from '../store/head.ts';
import { blob } from '../store/rows.ts';
import { formatId } from '../versions/version.ts';
import { bytesArrived } from './pull.ts';
import type { Puller } from './puller.ts';
import { laneOf } from './schedule.ts';

/** Failing files that are published to the network; the others appear only in the counts. */
const FAILING_SHOWN = 100;

export interface Row {
  origin: string;
  seq: number;
  folder: string;
  path: Buffer;
  source: string;
  done: number;
  total: number;
  rate: number;
  error: string | null;
  nextTry: number | null;
  since: number;
}

/**
 * Keeps the table `transfer` equal to what is in flight for longer than one interval, or failing, so that every site can
 * say where a file is. Only differences are written. Runs until the site's signal is aborted.
 */
export async function publishTransfers(site: SiteView, puller: Puller, intervalMs: number): Promise<void> {
  const table = `${siteSchema(site.plan.site)}.transfer`;
  let published = new Map<string, string>();
  const seen = new Map<string, Look>();
  let leftovers = true;
  async function round(): Promise<void> {
    // What an earlier run of this agent had in flight no longer is.
    if (leftovers) await site.store.db.query(`DELETE FROM ${table}`);
    leftovers = false;
    const rows = withoutTwice(inFlight(site, puller, seen), await failing(site));
    const next = new Map(rows.map((row) => [formatId(row), JSON.stringify(row)]));
    const gone = [...published.keys()].filter((id) => !next.has(id));
    const changed = rows.filter((row) => published.get(formatId(row)) !== next.get(formatId(row)));
    for (const id of gone) {
      const dot = id.lastIndexOf('.');
      await site.store.db.query(`DELETE FROM ${table} WHERE origin = ? AND seq = ?`, [
        id.slice(0, dot),
        Number(id.slice(dot + 1)),
      ]);
    }
    if (changed.length) {
      await site.store.db.query(
        `REPLACE INTO ${table} (origin, seq, folder, path, source, bytes_done, bytes_total, rate, attempts, error, next_try, since) VALUES ?`,
        [
          changed.map((r) => [
            r.origin,
            r.seq,
            r.folder,
            r.path,
            r.source,
            r.done,
            r.total,
            r.rate,
            0, // no longer used: see SITE_TABLES
            r.error,
            r.nextTry,
            r.since,
          ]),
        ],
      );
    }
    published = next;
  }
  const failed = (err: Error) => site.log.warn({ err }, 'the transfers could not be published; trying again');
  await repeat(round, { signal: site.signal, clock: site, pause: intervalMs, pauseFirst: true, failed });
}

interface Look {
  /** Unix ms. */
  at: number;
  bytes: number;
  /** Bytes per second; unknown at the first poll. */
  rate?: number;
}

/**
 * The weight of the latest sample in the published rate: links deliver in bursts, and the remaining time must not jump with
 * each.
 */
const NEWEST = 0.3;

/** Pure. */
export function lookAgain(before: Look | undefined, at: number, bytes: number): Look {
  if (!before) return { at, bytes };
  const rate = Math.max(0, ((bytes - before.bytes) * 1000) / Math.max(1, at - before.at));
  return { at, bytes, rate: before.rate === undefined ? rate : before.rate + NEWEST * (rate - before.rate) };
}

/** What failed before and is being retried counts as in flight. Pure. */
export function withoutTwice(moving: Row[], failed: Row[]): Row[] {
  const ids = new Set(moving.map(formatId));
  return [...moving, ...failed.filter((row) => !ids.has(formatId(row)))];
}

/** Large files in flight that already were at the last poll. */
function inFlight(site: SiteView, puller: Puller, seen: Map<string, Look>): Row[] {
  const rows: Row[] = [];
  const running = puller.running().filter((job) => job.large);
  const lanes = new Set(running.map((job) => `${laneOf(job)}/${formatId(job.items[0]!.head)}`));
  for (const key of seen.keys()) if (!lanes.has(key)) seen.delete(key);
  for (const job of running) {
    const folder = site.folders.get(job.folder);
    const item = job.items[0]!;
    if (!folder) continue;
    const key = `${laneOf(job)}/${formatId(item.head)}`;
    const before = seen.get(key);
    const now = lookAgain(before, site.now(), bytesArrived(folder, job));
    seen.set(key, now);
    if (!before) continue;
    const { origin, seq, size, ref } = item.head;
    rows.push({
      origin,
      seq,
      folder: ref.folder,
      path: blob(ref.path),
      source: job.peer,
      done: now.bytes,
      total: size,
      rate: Math.round(now.rate ?? 0),
      error: null,
      nextTry: null,
      since: item.since,
    });
  }
  return rows;
}

async function failing(site: SiteView): Promise<Row[]> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT h.*, p.since, p.error, p.next_try FROM local.pending p
       JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key AND h.origin = p.origin AND h.seq = p.seq
      WHERE p.error IS NOT NULL ORDER BY p.since LIMIT ?`,
    [FAILING_SHOWN],
  );
  return rows.map((row) => {
    const head = readHead(row);
    return {
      origin: head.origin,
      seq: head.seq,
      folder: head.ref.folder,
      path: blob(head.ref.path),
      source: '',
      done: 0,
      total: head.size,
      rate: 0,
      error: String(row.error),
      nextTry: Number(row.next_try),
      since: Number(row.since),
    };
  });
}
