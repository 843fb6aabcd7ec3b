import type { Pool, RowDataPacket } from 'mysql2/promise';
import type { Engine } from '../../database/engine.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type Incarnation, loadIncarnations, toldAt } from '../store/incarnation.ts';

/** What one database knows about a site: the site's own, or a neighbour's copy of its rows. */
export interface KnownHistory {
  incarnations: Incarnation[];
  /** The highest number of its transactions that was used, or counts as received. */
  number: bigint;
  /** The highest number of its versions below each of the requested bounds; 0 if there is none. */
  last: number[];
}

/** A range of own versions that a site lacks: above `after`, below `before`. */
export interface Hole {
  after: number;
  before: number;
}

/** How many of the latest incarnations are checked for holes. */
const MAX_INCARNATIONS = 16;

/** Where an incarnation ended without knowing what another one had said: numbers below each of these are compared. */
export function incarnationBounds(incarnations: Incarnation[]): number[] {
  const starts = incarnations.slice(-MAX_INCARNATIONS).map(({ firstSeq }) => firstSeq);
  return [...new Set(starts.filter((first) => first > 1)), Number.MAX_SAFE_INTEGER];
}

/** Own versions that a site lacks and a neighbour has. Pure. */
export function holesIn(mine: KnownHistory, theirs: KnownHistory, limits: number[]): Hole[] {
  return limits.flatMap((before, i) =>
    (theirs.last[i] ?? 0) > (mine.last[i] ?? 0) ? [{ after: mine.last[i] ?? 0, before }] : [],
  );
}

/** Incarnations that a neighbour has heard of and the site itself has not. Pure. */
export function foreignIn(mine: KnownHistory, theirs: KnownHistory): Incarnation[] {
  return theirs.incarnations.filter(({ id }) => !mine.incarnations.some((own) => own.id === id));
}

/**
 * Whether a neighbour knows something about this site that its own database does not: it went back in time, is new, or
 * another one runs in its name. Pure.
 */
export function isOlder(mine: KnownHistory, theirs: KnownHistory, limits: number[]): boolean {
  return theirs.number > mine.number || foreignIn(mine, theirs).length > 0 || holesIn(mine, theirs, limits).length > 0;
}

export interface OwnHistory extends KnownHistory {
  limits: number[];
}

/** What this site's own database knows about it. */
export async function ownHistory(db: Pool, engine: Engine, plan: SitePlan): Promise<OwnHistory> {
  const incarnations = await loadIncarnations(db);
  const limits = incarnationBounds(incarnations);
  const number = await engine.lastNumber(db, plan);
  return { incarnations, limits, number, last: await lastBelow(db, plan.site, limits) };
}

/** What a neighbour's database knows about this site. */
export async function historyAt(
  neighbour: Pool,
  engine: Engine,
  plan: SitePlan,
  limits: number[],
): Promise<KnownHistory> {
  const number = engine.numberIn(await engine.position(neighbour), plan);
  const last = await lastBelow(neighbour, plan.site, limits);
  return { incarnations: await toldAt(neighbour, plan.site), number, last };
}

async function lastBelow(db: Pool, site: string, limits: number[]): Promise<number[]> {
  const parts = limits.map(
    (limit, i) => `SELECT ${i} AS i, MAX(seq) AS seq FROM ${siteSchema(site)}.version WHERE seq < ${limit}`,
  );
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  return limits.map((_, i) => Number(rows.find((row) => Number(row.i) === i)?.seq ?? 0));
}
