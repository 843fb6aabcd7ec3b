import type { Pool, RowDataPacket } from 'mysql2/promise';
import type { Logger } from 'pino';
import { connect } from '../../agent/link/connection.ts';
import { sshCommand } from '../../agent/link/ssh.ts';
import { peerDatabase } from '../../agent/replication/peer.ts';
import { Summary } from '../../api/network-report.ts';
import { createBell } from '../../base/bell.ts';
import { siteSchema } from '../../database/schema.ts';
import { ProblemError, problem } from '../../problems/problem.ts';
import type { LinkPlan } from '../../topology/site-plan.ts';
import type { ProvisionedSite } from '../provision.ts';

/** What a hub last heard from this site: which machine it was, if any. */
export interface HubAnswer {
  instance?: string;
}

const CONNECT_MS = 30_000;
const ANSWER_MS = 10_000;

/**
 * Asks a hub before the site connects to it, over a connection without reverse forwards, so that the hub takes in nothing
 * from a machine that may not be the site. Rejects with the reason when the hub cannot be asked.
 */
export async function askBeforeConnecting(
  site: ProvisionedSite,
  link: LinkPlan,
  log: Logger,
  signal: AbortSignal,
): Promise<HubAnswer> {
  const there = { ...link, forwards: { ...link.forwards, remote: [] } };
  const bell = createBell();
  const connection = connect(sshCommand(there, site.dir.keys), there, log, bell.ring);
  try {
    const until = performance.now() + CONNECT_MS;
    while (connection.state() === 'connecting' && !signal.aborted && performance.now() < until)
      await bell.wait(until - performance.now(), signal);
    if (connection.state() !== 'up')
      throw new ProblemError(
        connection.problem() ?? problem('linkNoAnswer', { peer: link.peer, at: String(link.address?.host) }),
      );
    return await askHub(site, link);
  } finally {
    await connection.stop();
  }
}

/** Asks the hub over a link that is up. */
export async function askHub({ plan, secrets }: ProvisionedSite, link: LinkPlan): Promise<HubAnswer> {
  const db = peerDatabase(plan, secrets, link);
  try {
    return await lastHeard(db, plan.site);
  } catch (error) {
    throw new Error(`${link.peer} cannot tell yet who this site is: ${(error as Error).message}`, { cause: error });
  } finally {
    await db.end();
  }
}

async function lastHeard(db: Pool, site: string): Promise<HubAnswer> {
  const sql = `SELECT summary FROM ${siteSchema(site)}.beat WHERE id = 1`;
  const [[row]] = await db.query<RowDataPacket[]>({ sql, timeout: ANSWER_MS });
  const instance = row && Summary.safeParse(JSON.parse(String(row.summary))).data?.instance;
  return instance === undefined ? {} : { instance };
}
