import { randomBytes, randomInt } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { Sql } from './sql.ts';

/**
 * A period in the life of a site's database: from its creation, or the discovery that it went back in time, until that
 * happens again. Numbers of versions and transactions that a site used in one incarnation are never used again in a later
 * one.
 */
export interface Incarnation {
  id: string;
  /** The lowest number that a version may have in it. */
  firstSeq: number;
}

/** How many of the latest are in the heartbeat: a neighbour that lacks all of these has not heard of the site for long. */
const TOLD = 3;

/** The heartbeat's form of them; see {@link readTold}. Pure. */
export const tell = (incarnations: Incarnation[]): string[] =>
  incarnations.slice(-TOLD).map(({ id, firstSeq }) => `${id}@${firstSeq}`);

/** Pure; skips what cannot be parsed as an incarnation. */
export function readTold(told: readonly unknown[]): Incarnation[] {
  return told.flatMap((text) => {
    const match = typeof text === 'string' ? /^([\w-]{1,32})@(\d{1,15})$/.exec(text) : null;
    return match ? [{ id: match[1]!, firstSeq: Number(match[2]) }] : [];
  });
}

/** Those of this site according to its own database, in order. */
export async function loadIncarnations(db: Sql): Promise<Incarnation[]> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT id, first_seq FROM local.incarnation ORDER BY first_seq, id');
  return rows.map((row) => ({ id: String(row.id), firstSeq: Number(row.first_seq) }));
}

export async function saveIncarnations(db: Sql, incarnations: Incarnation[], now: number): Promise<void> {
  if (incarnations.length === 0) return;
  await db.query('INSERT IGNORE INTO local.incarnation (id, first_seq, began_at) VALUES ?', [
    incarnations.map(({ id, firstSeq }) => [id, firstSeq, now]),
  ]);
}

/** What this site's heartbeat says in somebody's database. */
export async function toldAt(db: Sql, site: string): Promise<Incarnation[]> {
  const [[row]] = await db.query<RowDataPacket[]>(`SELECT summary FROM ${siteSchema(site)}.beat WHERE id = 1`);
  try {
    const { incarnations } = JSON.parse(String(row?.summary)) as { incarnations?: unknown };
    return Array.isArray(incarnations) ? readTold(incarnations) : [];
  } catch {
    return [];
  }
}

/**
 * How far numbers leap when a site cannot be sure that it knows the last ones it used: farther than it may have got since
 * the oldest backup. Random, so that two databases restored from one copy do not leap to the same numbers. Versions stay
 * below 10^15, which custody can express, for a million leaps.
 */
export const leap = () => ({
  seq: 2 ** 24 + randomInt(2 ** 29),
  transactions: 2n ** 32n + BigInt(randomInt(2 ** 32)),
});

export const newId = (): string => randomBytes(9).toString('base64url');
