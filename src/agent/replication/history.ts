import type { Pool, RowDataPacket } from 'mysql2/promise';
import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import { replicationUser } from '../../base/login-name.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import { openPeerDatabase, openSeedDatabase } from '../../database/connect.ts';
import type { Engine } from '../../database/engine.ts';
import { siteSchema } from '../../database/schema.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { copyRows } from './copy-rows.ts';

export interface HistoryDeps {
  plan: SitePlan;
  secrets: SiteSecrets;
  db: Pool;
  engine: Engine;
  log: Logger;
  signal: AbortSignal;
  /** The links over which a neighbour's database may answer now. */
  links: () => LinkPlan[];
}

/** How long a site whose database is not new waits for a neighbour before it goes on by itself. */
const PATIENCE_MS = 3000;
/** A hub may be the first of its network: then nobody can answer. */
const NEW_HUB_PATIENCE_MS = 10_000;

/**
 * Before the first write after a start: makes sure that this site still knows its own past. A database that was lost
 * or put back from an old copy would give new versions numbers that the network has seen, and they would be dropped as
 * known. If a neighbour knows more of us than we do, our own rows are fetched back and numbering goes on behind them.
 *
 * A child whose database is new waits for a hub without limit: until then it cannot know whether it is new itself.
 */
export async function recallOwnHistory(deps: HistoryDeps): Promise<void> {
  const { plan, db, log, signal } = deps;
  if (plan.links.length === 0) return;
  const mine = await ownNumber(db, plan);
  const patience = mine > 0 ? PATIENCE_MS : plan.role === 'hub' ? NEW_HUB_PATIENCE_MS : Number.POSITIVE_INFINITY;
  const started = Date.now();
  for (let said = false; !signal.aborted && Date.now() - started < patience; ) {
    const answers = (await Promise.all(deps.links().map((link) => ask(deps, link)))).filter((one) => one !== undefined);
    if (answers.length > 0) {
      const best = answers.toSorted((a, b) => b.number - a.number)[0]!;
      if (best.number > mine) await recall(deps, best);
      if (mine === 0) await catchUp(deps, best.link);
      return;
    }
    if (!said && Date.now() - started > 5000) {
      log.warn('waiting for a neighbour: the database is new, and only they know whether this site is');
      said = true;
    }
    await delay(200, signal);
  }
}

interface Answer {
  link: LinkPlan;
  /** Highest number of our own versions that the neighbour has. */
  number: number;
  position: string;
}

async function ask({ plan, secrets, engine }: HistoryDeps, link: LinkPlan): Promise<Answer | undefined> {
  const peer = peerDatabase(plan, secrets, link);
  try {
    const number = await ownNumber(peer, plan);
    const connection = await peer.getConnection();
    const position = await engine.position(connection);
    connection.release();
    return { link, number, position };
  } catch {
    // Not connected yet, or it has not heard of us: the next round asks again.
    return undefined;
  } finally {
    await peer.end();
  }
}

/** How long a new database may show no progress before the site goes on without the rest (ms). */
const STANDSTILL_MS = 60_000;

/**
 * Waits until a new database has the rows that a neighbour has now: only then can the first pass over an existing tree
 * tell what is new in it and what everybody has.
 */
async function catchUp({ plan, secrets, db, signal }: HistoryDeps, link: LinkPlan): Promise<void> {
  const peer = peerDatabase(plan, secrets, link);
  const there = await highest(peer, plan);
  await peer.end();
  let last = '';
  let lastAt = Date.now();
  while (!signal.aborted && Date.now() - lastAt < STANDSTILL_MS) {
    const here = await highest(db, plan);
    if ([...there].every(([site, seq]) => (here.get(site) ?? 0) >= seq)) return;
    const now = JSON.stringify([...here]);
    if (now !== last) lastAt = Date.now();
    last = now;
    await delay(200, signal);
  }
}

async function highest(db: Pool, plan: SitePlan): Promise<Map<string, number>> {
  const parts = plan.sites.map(
    ({ name }) => `SELECT '${name}' AS site, COALESCE(MAX(seq), 0) AS seq FROM ${siteSchema(name)}.version`,
  );
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  return new Map(rows.map((row) => [String(row.site), Number(row.seq)]));
}

async function recall({ plan, secrets, engine, log }: HistoryDeps, { link, number, position }: Answer): Promise<void> {
  log.warn({ peer: link.peer, number }, 'a neighbour knows more of this site than its own database: fetching it back');
  const peer = peerDatabase(plan, secrets, link);
  const seed = openSeedDatabase(plan, secrets);
  try {
    const connection = await seed.getConnection();
    await connection.query('SET SESSION sql_log_bin = 0');
    const rows = await copyRows(peer, connection, siteSchema(plan.site));
    connection.destroy();
    const writer = await seed.getConnection();
    await engine.continueAfter(writer, plan, position);
    writer.destroy();
    log.info({ peer: link.peer, rows }, 'this site knows its past again');
  } finally {
    await seed.end();
    await peer.end();
  }
}

async function ownNumber(db: Pool, plan: SitePlan): Promise<number> {
  const [[row]] = await db.query<RowDataPacket[]>(
    `SELECT COALESCE(MAX(seq), 0) AS number FROM ${siteSchema(plan.site)}.version`,
  );
  return Number(row!.number);
}

/** The neighbour's database, for reading. */
export function peerDatabase(plan: SitePlan, secrets: SiteSecrets, link: LinkPlan): Pool {
  const password = secrets.outbound[link.peer]?.mysqlPassword ?? '';
  return openPeerDatabase(link.peerMysql, replicationUser(plan.site, password), password);
}
