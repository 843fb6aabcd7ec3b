import { randomBytes, randomInt } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { Sql } from './sql.ts';

/**
 * A stretch of the life of a site's database: from when it was made, or found that it had gone back in time, until that
 * happens again. What a site gave out in one incarnation, numbers of versions and of transactions, no later one gives out again.
 */
export interface Incarnation {
  id: string;
  /** The first number that a version may have in it. */
  firstSeq: number;
}

/** So many of the newest are told in the heartbeat: a neighbour that lacks all of these has not heard of the site for long. */
const TOLD = 3;

/** What the heartbeat says of them; see {@link readTold}. Pure. */
export const tell = (incarnations: Incarnation[]): string[] =>
  incarnations.slice(-TOLD).map(({ id, firstSeq }) => `${id}@${firstSeq}`);

/** Pure; what does not read as an incarnation is left out. */
export function readTold(told: readonly unknown[]): Incarnation[] {
  return told.flatMap((text) => {
    const match = typeof text === 'string' ? /^([\w-]{1,32})@(\d{1,15})$/.exec(text) : null;
    return match ? [{ id: match[1]!, firstSeq: Number(match[2]) }] : [];
  });
}

/** Those of this site as its own database knows them, in order. */
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

/** What this site's heartbeat says at somebody's database. */
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
 * How far numbers leap when a site cannot be sure that it knows the last ones it gave out: farther than it may have got
 * since the oldest backup. By chance, so that two databases put back from one copy do not leap to the same numbers. Versions keep
 * below 10^15, which what is known of custody can say, for a million leaps.
 */
export const leap = () => ({
  seq: 2 ** 24 + randomInt(2 ** 29),
  transactions: 2n ** 32n + BigInt(randomInt(2 ** 32)),
});

export const newId = (): string => randomBytes(9).toString('base64url');
