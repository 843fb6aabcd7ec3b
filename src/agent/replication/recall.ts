import type { Pool, RowDataPacket } from 'mysql2/promise';
import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import { openSeedDatabase } from '../../database/connect.ts';
import type { Engine } from '../../database/engine.ts';
import { siteSchema } from '../../database/schema.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { type Incarnation, leap, loadIncarnations, newId, saveIncarnations } from '../store/incarnation.ts';
import { copyStates, copyVersions } from './copy-rows.ts';
import {
  foreignIn,
  holesIn,
  incarnationBounds,
  isOlder,
  type KnownHistory,
  type OwnHistory,
  ownHistory,
} from './known-history.ts';
import { askPeer, peerDatabase } from './peer.ts';

export interface RecallDeps {
  plan: SitePlan;
  secrets: SiteSecrets;
  db: Pool;
  engine: Engine;
  log: Logger;
  signal: AbortSignal;
  /** Unix ms. */
  now: () => number;
  /** The links over which a neighbour's database may respond now. */
  links: () => LinkPlan[];
  /** Whether there is a sign that this database is not the latest: then it is not used before a neighbour has answered. */
  doubt: () => Promise<boolean>;
  /** Called with the incarnations of this database, in order, as soon as it may be written to: the last one has begun. */
  begun: (incarnations: Incarnation[]) => void;
}

/** How long a site with an existing database waits for a neighbour before it continues by itself. */
const PATIENCE_MS = 3000;
/** A hub's neighbours must connect first; and it may be the first of its network, with nobody to answer. */
const HUB_PATIENCE_MS = 10_000;
const SAID_AFTER_MS = 5000;

/**
 * Before the first write after a start: makes sure that this site knows its own past, and that no number is used twice. A
 * database that is new, or was restored from a copy, would give its next versions numbers that the network has already
 * seen, and they would be dropped as known. If a neighbour knows more about this site than its database does, its rows are
 * fetched back, numbers continue far above anything that anybody may have seen, and a new incarnation begins. If no
 * neighbour answers in time, numbers leap too: then it is safe to continue, and to compare when one answers
 * (watch-peers.ts).
 *
 * A child whose database is new waits without limit, as does any site with a reason for doubt: otherwise the content of the
 * tree could not be distinguished from what the network has moved on from.
 * @returns whether a neighbour has compared: as far as it knows, this database is the latest
 */
export async function recallOwnHistory(deps: RecallDeps): Promise<boolean> {
  const { plan, db, engine, log } = deps;
  const isNew = await isUnwritten(db, plan);
  const answers = plan.links.length > 0 ? await waitForAnswers(deps, isNew) : [];
  const mine = await ownHistory(db, engine, plan);
  const [best] = answers.toSorted((a, b) => byKnowledge(a.history, b.history));
  const isBehind = answers.some(({ history }) => isOlder(mine, history, mine.limits));
  const isAlone = plan.links.length > 0 && !best;
  if (best && isBehind) {
    log.warn({ peer: best.link.peer }, 'a neighbour knows more of this site than its own database: fetching it');
    await fetchBack(deps, best, answers, mine);
  }
  if (isAlone) log.warn('no neighbour responds: continuing alone, with numbers far beyond those used so far');
  if (isBehind || isAlone || mine.incarnations.length === 0) {
    const number = answers.reduce((most, { history }) => (history.number > most ? history.number : most), mine.number);
    await begin(deps, number, isBehind || isAlone, isBehind);
  }
  deps.begun(await loadIncarnations(db));
  if (best && (isBehind || isNew || (await isAdopting(db, plan)))) await catchUp(deps, best.link);
  return !isAlone;
}

interface Answer {
  link: LinkPlan;
  history: KnownHistory;
}

/** The one that knows most first. Pure. */
function byKnowledge(a: KnownHistory, b: KnownHistory): number {
  const versions = (b.last.at(-1) ?? 0) - (a.last.at(-1) ?? 0);
  return versions !== 0 ? versions : a.number > b.number ? -1 : a.number < b.number ? 1 : 0;
}

/** What the reachable neighbours say, as soon as one of them answers; empty when none does in time. */
async function waitForAnswers(deps: RecallDeps, isNew: boolean): Promise<Answer[]> {
  const { plan, db, log, signal, doubt } = deps;
  const limits = incarnationBounds(await loadIncarnations(db));
  const started = performance.now();
  for (let said = false; !signal.aborted; ) {
    const asked = deps.links().map(async (link) => ({ link, history: await askPeer(deps, link, limits) }));
    const answers = (await Promise.all(asked)).filter((one): one is Answer => one.history !== undefined);
    if (answers.length > 0) return answers;
    if (performance.now() - started > patienceMs(plan, isNew, await doubt())) return [];
    if (!said && performance.now() - started > SAID_AFTER_MS) {
      log.warn(
        { reason: doubt ?? 'the database is new' },
        'waiting for a neighbour: only neighbours know what this site has announced',
      );
      said = true;
    }
    await delay(200, signal);
  }
  return [];
}

/** Pure. */
function patienceMs(plan: SitePlan, isNew: boolean, isDoubtful: boolean): number {
  if (isDoubtful || (isNew && plan.role === 'child')) return Number.POSITIVE_INFINITY;
  return plan.role === 'hub' ? HUB_PATIENCE_MS : PATIENCE_MS;
}

/** Whether a tree is still to be compared with what the network knows, as after a stop while rows were awaited. */
async function isAdopting(db: Pool, plan: SitePlan): Promise<boolean> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT name FROM local.folder WHERE adopted = 1');
  const adopted = new Set(rows.map((row) => String(row.name)));
  return plan.folders.some(({ name }) => !adopted.has(name));
}

/** Nothing was ever written here in the name of this site. */
async function isUnwritten(db: Pool, plan: SitePlan): Promise<boolean> {
  const [[row]] = await db.query<RowDataPacket[]>(
    `SELECT EXISTS (SELECT 1 FROM local.incarnation) OR EXISTS (SELECT 1 FROM ${siteSchema(plan.site)}.beat)
       OR EXISTS (SELECT 1 FROM ${siteSchema(plan.site)}.version) AS written`,
  );
  return Number(row!.written) === 0;
}

/**
 * Copies this site's own rows from the neighbour that has most of them. The derived tables are prepared first, so that
 * repeating an interrupted copy leaves nothing out: recovered versions are ingested, and the trees are compared with them
 * again.
 */
async function fetchBack(
  { plan, secrets, db, now, log }: RecallDeps,
  { link }: Answer,
  answers: Answer[],
  mine: OwnHistory,
): Promise<void> {
  const schema = siteSchema(plan.site);
  const holes = answers.flatMap(({ history }) => holesIn(mine, history, mine.limits));
  for (const { after } of holes)
    await db.query('UPDATE local.progress SET seq = ? WHERE origin = ? AND seq > ?', [after, plan.site, after]);
  await db.query('UPDATE local.folder SET adopted = 0');
  const seed = openSeedDatabase(plan, secrets);
  try {
    const writer = await seed.getConnection();
    await writer.query('SET SESSION sql_log_bin = 0');
    let rows = 0;
    for (const one of answers) {
      const peer = peerDatabase(plan, secrets, one.link);
      try {
        for (const hole of holesIn(mine, one.history, mine.limits))
          rows += await copyVersions(peer, writer, schema, hole);
        if (one.link === link) await copyStates(peer, writer, schema);
      } finally {
        await peer.end();
      }
    }
    writer.destroy();
    log.info({ peer: link.peer, rows }, 'this site has its history back');
  } finally {
    await seed.end();
  }
  // Last: until they are known, the next start does all this again.
  const foreign = answers.flatMap(({ history }) => foreignIn(mine, history));
  await saveIncarnations(db, foreign, now());
}

/** Begins a new incarnation: the next versions of this site have numbers that it has never used. */
async function begin(
  { plan, secrets, db, engine, now, log }: RecallDeps,
  number: bigint,
  leaps: boolean,
  isCopied: boolean,
): Promise<void> {
  const by = leaps ? leap() : { seq: 1, transactions: 0n };
  const seed = openSeedDatabase(plan, secrets);
  try {
    const writer = await seed.getConnection();
    // Whoever reads this log from its beginning must also copy what was copied here.
    if (isCopied) await engine.markOwn(writer, plan, number);
    await engine.continueAfter(writer, plan, number + by.transactions);
    writer.destroy();
  } finally {
    await seed.end();
  }
  const [[top]] = await db.query<RowDataPacket[]>(
    `SELECT COALESCE(MAX(seq), 0) AS seq FROM (SELECT MAX(seq) AS seq FROM ${siteSchema(plan.site)}.version
       UNION ALL SELECT MAX(first_seq) - 1 FROM local.incarnation) AS given`,
  );
  const incarnation = { id: newId(), firstSeq: Number(top!.seq) + by.seq };
  await saveIncarnations(db, [incarnation], now());
  log.info(
    { ...incarnation, transactions: String(number + by.transactions) },
    'a new incarnation of this database begins',
  );
}

/**
 * How long a database may make no progress while a neighbour responds, before the site continues without the rest (ms):
 * what the neighbour does not send by then it will not send. A link that is down says nothing about that.
 */
const STANDSTILL_MS = 60_000;
/** How often neighbours are asked meanwhile whether they respond. */
const ASK_MS = 5000;

/**
 * Waits until the database has the rows that a neighbour has now: only then can the first pass over an existing tree tell
 * what is new in it and what everybody has.
 */
async function catchUp(deps: RecallDeps, link: LinkPlan): Promise<void> {
  const { plan, secrets, db, signal } = deps;
  const peer = peerDatabase(plan, secrets, link);
  let there: Map<string, number>;
  try {
    there = await highest(peer, plan);
  } finally {
    await peer.end();
  }
  let last = '';
  let lastAt = performance.now();
  let askedAt = lastAt;
  while (!signal.aborted && performance.now() - lastAt < STANDSTILL_MS) {
    const here = await highest(db, plan);
    if ([...there].every(([site, seq]) => (here.get(site) ?? 0) >= seq)) return;
    const now = JSON.stringify([...here]);
    if (now !== last) lastAt = performance.now();
    last = now;
    if (performance.now() - askedAt > ASK_MS) {
      if (!(await isAnyoneThere(deps))) lastAt = performance.now();
      askedAt = performance.now();
    }
    await delay(200, signal);
  }
}

/** Whether a neighbour's database responds. */
async function isAnyoneThere(deps: RecallDeps): Promise<boolean> {
  const answers = await Promise.all(deps.links().map((link) => askPeer(deps, link, [Number.MAX_SAFE_INTEGER])));
  return answers.some((answer) => answer !== undefined);
}

async function highest(db: Pool, plan: SitePlan): Promise<Map<string, number>> {
  const parts = plan.sites.map(
    ({ name }) => `SELECT '${name}' AS site, COALESCE(MAX(seq), 0) AS seq FROM ${siteSchema(name)}.version`,
  );
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  return new Map(rows.map((row) => [String(row.site), Number(row.seq)]));
}
