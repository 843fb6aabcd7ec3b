import { readFileSync } from 'node:fs';
import { AGENT_API } from '../base/agent-api.ts';
import type { SiteDir, SiteSecrets } from '../base/site-dir.ts';
import { openDatabase } from '../database/connect.ts';
import type { SitePlan } from '../topology/site-plan.ts';

/** Resolves when the agent can log in to the site's database with the current password. */
export async function databaseReady(plan: SitePlan, dir: SiteDir): Promise<void> {
  const secrets = JSON.parse(readFileSync(dir.secrets, 'utf8')) as SiteSecrets;
  const pool = openDatabase(plan, secrets, 1);
  try {
    await pool.query('SELECT 1');
  } finally {
    await pool.end();
  }
}

/** Resolves when the database responds, even with a refusal: one with too many connections or outdated passwords works. */
export async function databaseAnswers(plan: SitePlan, dir: SiteDir): Promise<void> {
  try {
    await databaseReady(plan, dir);
  } catch (error) {
    if ((error as { sqlState?: string }).sqlState === undefined) throw error;
  }
}

/**
 * Resolves when the agent of this site responds, rather than one of another network that has the port: it knows the site's
 * token.
 */
export async function agentReady(plan: SitePlan, dir: SiteDir, signal: AbortSignal): Promise<void> {
  const { apiToken } = JSON.parse(readFileSync(dir.secrets, 'utf8')) as SiteSecrets;
  const headers = { authorization: `Bearer ${apiToken}` };
  const response = await fetch(`http://127.0.0.1:${plan.ports.api}${AGENT_API}/site`, { headers, signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the agent returned ${response.status}`);
}
