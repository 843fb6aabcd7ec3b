import type { Pool, RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../../database/schema.ts';

type Reader = Pick<Pool, 'query'>;

/** A range of row numbers, both ends inclusive. */
export type Range = [number, number];

/** The digest of a range of rows: equal counts and digests mean equal rows. */
export interface Digest {
  rows: number;
  /** 64 bits, decimal. */
  digest: string;
}

/**
 * All columns of a version as one text; they never change. The database computes the digest, so that for a million rows
 * only some KB cross the link.
 */
const ROW = `CONCAT_WS(CHAR(0), seq, folder, path, kind, size, mtime_ns, mode, COALESCE(HEX(sha256), '-'), COALESCE(HEX(target), '-'),
  COALESCE(base_origin, '-'), COALESCE(base_seq, '-'), COALESCE(merges, '-'), clock, author, detected_at)`;
const HASH = `CAST(CONV(LEFT(MD5(${ROW}), 16), 16, 10) AS UNSIGNED)`.replace(/\s+/g, ' ');

/** Digests of one site's rows within a range, in parts of `size` numbers: part n starts at number n × size. */
export async function digestsOf(
  db: Reader,
  origin: string,
  [from, to]: Range,
  size: number,
): Promise<Map<number, Digest>> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT seq DIV ? AS part, COUNT(*) AS n, BIT_XOR(${HASH}) AS digest FROM ${siteSchema(origin)}.version
      WHERE seq BETWEEN ? AND ? GROUP BY part`,
    [size, from, to],
  );
  return new Map(rows.map((row) => [Number(row.part), { rows: Number(row.n), digest: String(row.digest) }]));
}

/** The parts of a range that differ, clipped to it, in order. Pure. */
export function differing(
  mine: Map<number, Digest>,
  theirs: Map<number, Digest>,
  [from, to]: Range,
  size: number,
): Range[] {
  const parts = [...new Set([...mine.keys(), ...theirs.keys()])].sort((a, b) => a - b);
  return parts
    .filter((part) => {
      const [a, b] = [mine.get(part), theirs.get(part)];
      return a?.rows !== b?.rows || a?.digest !== b?.digest;
    })
    .map((part) => [Math.max(from, part * size), Math.min(to, (part + 1) * size - 1)]);
}

/** Row numbers per digest, and per query of both databases: each takes about a second. */
const PART = 16_384;
const CHUNK = 16 * PART;
/** Row numbers per digest where something differs. */
const SMALL = 128;

/** The small ranges up to a number in which the copies of one site's rows differ. `rest` is awaited between two queries. */
export async function rangesThatDiffer(
  mine: Reader,
  theirs: Reader,
  origin: string,
  upTo: number,
  rest: () => Promise<void>,
): Promise<Range[]> {
  const compare = async (range: Range, size: number) => {
    const ask = (db: Reader) => digestsOf(db, origin, range, size);
    const [a, b] = await Promise.all([ask(mine), ask(theirs)]);
    return differing(a, b, range, size);
  };
  const found: Range[] = [];
  for (let from = 0; from <= upTo; from += CHUNK) {
    for (const range of await compare([from, Math.min(upTo, from + CHUNK - 1)], PART))
      found.push(...(await compare(range, SMALL)));
    await rest();
  }
  return found;
}
