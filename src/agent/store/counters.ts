import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { Sql } from './sql.ts';

/** Where this site is in every origin's numbering, and the Lamport clock. */
export interface Counters {
  /** Last sequence number of this site's own versions. */
  seq: number;
  /** At least the clock of every version known here. */
  clock: number;
  /** Highest ingested number, by origin. */
  progress: Map<string, number>;
}

export async function loadCounters(db: Sql, site: string): Promise<Counters> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT origin, seq, clock FROM local.progress');
  const [[own]] = await db.query<RowDataPacket[]>(
    `SELECT COALESCE(MAX(seq), 0) AS seq, COALESCE(MAX(clock), 0) AS clock FROM ${siteSchema(site)}.version`,
  );
  const [[begun]] = await db.query<RowDataPacket[]>('SELECT MAX(first_seq) AS seq FROM local.incarnation');
  return {
    // An incarnation may start far above the last number: those in between may be known elsewhere.
    seq: Math.max(Number(own!.seq), Number(begun!.seq ?? 1) - 1),
    clock: Math.max(Number(own!.clock), ...rows.map((row) => Number(row.clock))),
    progress: new Map(rows.map((row) => [String(row.origin), Number(row.seq)])),
  };
}

export async function saveProgress(db: Sql, origin: string, seq: number, clock: number): Promise<void> {
  await db.query('REPLACE INTO local.progress (origin, seq, clock) VALUES (?, ?, ?)', [origin, seq, clock]);
}
